//! Compiles the C and C++ peers whose packages are installed, and says loudly which packages are missing.

fn main() {
    for name in ["rapidxml", "pugixml", "expat", "libxml2", "gsoap"] {
        println!("cargo::rustc-check-cfg=cfg({name})");
    }
    #[cfg(feature = "native")]
    native::build();
}

#[cfg(feature = "native")]
mod native {
    use std::path::Path;
    use std::process::Command;

    /// The cfg and the source of a peer, its Debian package, and the library to link.
    const PEERS: [(&str, &str, &str, Option<&str>); 5] = [
        ("rapidxml", "rapidxml.cpp", "librapidxml-dev", None),
        ("pugixml", "pugixml.cpp", "libpugixml-dev", Some("pugixml")),
        ("expat", "expat.c", "libexpat1-dev", Some("expat")),
        ("libxml2", "libxml2.c", "libxml2-dev", Some("xml2")),
        ("gsoap", "gsoap.c", "gsoap libgsoap-dev", Some("gsoap")),
    ];

    pub fn build() {
        println!("cargo::rerun-if-changed=native");
        cc::Build::new().file("native/count.c").flag_if_supported("-fno-builtin").compile("count");
        for (name, source, package, library) in PEERS {
            match compile(name, source) {
                Ok(()) => {
                    println!("cargo::rustc-cfg={name}");
                    if let Some(library) = library {
                        println!("cargo::rustc-link-lib={library}");
                    }
                }
                Err(error) => {
                    println!("cargo::warning=!!!!! {name} IS LEFT OUT: install {package} ({error})");
                }
            }
        }
    }

    fn compile(name: &str, source: &str) -> Result<(), String> {
        let mut build = cc::Build::new();
        build.file(Path::new("native").join(source)).cpp(source.ends_with(".cpp")).opt_level(3);
        build.include("native").include("/usr/include/libxml2").cargo_warnings(false);
        if name == "gsoap" {
            let out = std::env::var("OUT_DIR").map_err(|e| e.to_string())?;
            let arguments = ["-c", "-C", "-x", "-L", "-d", &out, "native/gsoap.h"];
            let made =
                Command::new("soapcpp2").args(arguments).output().map_err(|e| format!("soapcpp2: {e}"))?;
            if !made.status.success() {
                return Err("soapcpp2 failed".to_string());
            }
            build.file(Path::new(&out).join("soapC.c")).include(&out).warnings(false);
        }
        build.try_compile(&format!("peer_{name}")).map_err(|error| error.to_string())
    }
}
