//! Draws horizontal bars on a logarithmic scale as SVG, with floors as lines through them.

use std::fmt::Write;

pub struct Bar {
    pub name: String,
    pub nanoseconds: f64,
    pub colour: &'static str,
}

const WIDTH: f64 = 900.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 820.0;
const TOP: f64 = 70.0;
const STEP: f64 = 24.0;

pub fn svg(title: &str, legend: &[(&str, &str)], bars: &[Bar], floors: &[(&str, f64)]) -> String {
    let all = || bars.iter().map(|bar| bar.nanoseconds).chain(floors.iter().map(|floor| floor.1));
    let low = all().fold(f64::MAX, f64::min).log10().floor();
    let high = all().fold(0.0, f64::max).log10().ceil();
    let x = |nanoseconds: f64| LEFT + (RIGHT - LEFT) * (nanoseconds.log10() - low) / (high - low);
    let bottom = TOP + STEP * bars.len() as f64;
    let height = bottom + 40.0 + 16.0 * floors.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"10\" y=\"22\" font-size=\"16\" font-weight=\"bold\">{title}</text>\n"
    );
    let mut at = 10.0;
    for (words, colour) in legend {
        let (text, words) = (at + 16.0, escape(words));
        let _ = writeln!(svg, "<rect x=\"{at}\" y=\"34\" width=\"12\" height=\"12\" fill=\"{colour}\"/>");
        let _ = writeln!(svg, "<text x=\"{text}\" y=\"45\">{words}</text>");
        at += 34.0 + 7.0 * words.len() as f64;
    }
    for power in low as i32..=high as i32 {
        let x = x(10f64.powi(power));
        let label = duration(10f64.powi(power)).replace(".00", "").replace(".0", "");
        let _ = writeln!(svg, "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(svg, "<text x=\"{x:.1}\" y=\"64\" text-anchor=\"middle\" fill=\"#777\">{label}</text>");
    }
    for (n, bar) in bars.iter().enumerate() {
        let (y, end) = (TOP + STEP * n as f64, x(bar.nanoseconds));
        let (text, width, label) = (y + 16.0, end - LEFT, duration(bar.nanoseconds));
        let name = escape(&bar.name);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"18\" fill=\"{}\"/>",
            y + 3.0,
            bar.colour
        );
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{text}\">{label}</text>", end + 6.0);
    }
    for (n, (name, nanoseconds)) in floors.iter().enumerate() {
        let (x, end) = (x(*nanoseconds), bottom + 20.0 + 16.0 * n as f64);
        let (name, label) = (escape(name), duration(*nanoseconds));
        let _ = writeln!(svg, "<path d=\"M{x:.1} {TOP}V{end}\" stroke=\"#c00\" stroke-dasharray=\"4 3\"/>");
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{end}\" fill=\"#c00\">{name}, {label}</text>", x + 5.0);
    }
    svg + "</svg>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

pub fn duration(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n => (n / 1e6, "ms"),
    };
    match value {
        v if v < 9.995 => format!("{v:.2} {unit}"),
        v if v < 99.95 => format!("{v:.1} {unit}"),
        v => format!("{v:.0} {unit}"),
    }
}
