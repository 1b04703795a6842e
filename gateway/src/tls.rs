//! Certificates and keys: they are read, checked, and made ready for clients and upstreams. No other file uses rustls.

use std::path::Path;
use std::sync::Arc;

use pingora::listeners::tls::Acceptor;
use pingora::utils::tls::CertKey;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::config::{Auth, Certificate, Config};

fn chain(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(Path::new(path)).and_then(Iterator::collect);
    match read {
        Ok(chain) if !Vec::is_empty(&chain) => Ok(chain),
        Ok(_) => Err(format!("{path} holds no certificate: write the chain as PEM")),
        Err(error) => Err(format!("{path} is no certificate chain: {error}; write it as PEM")),
    }
}

fn key(path: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| format!("{path} is no private key: {error}; write it as PEM"))
}

/// Reads the certificates of authorities from a file.
fn roots(path: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path)? {
        let added = roots.add(certificate);
        added.map_err(|error| format!("{path} holds no certificate of an authority: {error}"))?;
    }
    Ok(roots)
}

/// Reads a certificate chain and the key that belongs to it.
fn pair(certificate: &Certificate) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let (chain, key) = (chain(&certificate.chain)?, key(&certificate.key)?);
    let provider = rustls::crypto::ring::default_provider();
    rustls::sign::CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider).map_err(|error| {
        format!(
            "{} and {} are no certificate chain and its key: {error}; name a chain and the key of its first \
             certificate",
            certificate.chain, certificate.key
        )
    })?;
    Ok((chain, key))
}

/// Returns the TLS acceptor for clients, or `None` if the configuration asks for no TLS.
///
/// # Errors
/// Returns a message that names the key and the line.
pub(crate) fn acceptor(config: &Config) -> Result<Option<Arc<Acceptor>>, String> {
    let Some(certificate) = &config.certificate else { return Ok(None) };
    let (chain, key) = pair(certificate).map_err(|error| config.at.of("server.tls_certificate", &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| error.to_string())?;
    let builder = match &config.client_ca_file {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let named = |error: String| config.at.of("server.client_ca_file", &error);
            let roots = roots(file).map_err(named)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| config.at.of("server.client_ca_file", &error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut made = builder
        .with_single_cert(chain, key)
        .map_err(|error| config.at.of("server.tls_certificate", &error.to_string()))?;
    made.alpn_protocols = vec![b"http/1.1".to_vec()];
    if config.speaks_http2() {
        made.alpn_protocols.insert(0, b"h2".to_vec());
    }
    Ok(Some(Arc::new(Acceptor::from_server_config(Arc::new(made)))))
}

/// Returns the certificate that upstreams are shown, if one is configured.
pub(crate) fn for_upstreams(config: &Config) -> Result<Option<Arc<CertKey>>, String> {
    let Some(certificate) = &config.upstream_certificate else { return Ok(None) };
    let (chain, key) =
        pair(certificate).map_err(|error| config.at.of("forwarding.tls_certificate", &error))?;
    let chain = chain.iter().map(|certificate| certificate.to_vec()).collect();
    Ok(Some(Arc::new(CertKey::new(chain, key.secret_der().to_vec()))))
}

/// Checks all configured certificates and keys, which requires a look into the files.
///
/// # Errors
/// Returns a message that names the key and the line.
pub(crate) fn check(config: &Config) -> Result<(), String> {
    acceptor(config)?;
    for_upstreams(config)?;
    if let Some(file) = &config.ca_file {
        roots(file).map_err(|error| config.at.of("forwarding.ca_file", &error))?;
    }
    Ok(())
}

/// Returns whether a certificate can have this name.
pub(crate) fn is_server_name(name: &str) -> bool {
    ServerName::try_from(name).is_ok()
}

impl Config {
    /// Returns whether clients may speak HTTP/2. NTLM and Negotiate authenticate a connection, and HTTP/2 shares one
    /// connection among several requests.
    pub(crate) fn speaks_http2(&self) -> bool {
        self.http2 && self.auth == Auth::Stateless
    }
}
