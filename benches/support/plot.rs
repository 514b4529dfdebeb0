//! Plots as SVG, plain enough to be read as text.

use std::fmt::Write;

/// A bar, and the mark it must not pass.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) target: f64,
}

/// Points that are joined by a line.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const STYLE: &str = "<style>text{font:11px sans-serif;fill:#333}.axis{stroke:#999;fill:none}\
                     .good{fill:#3a7}.bad{fill:#c63}.mark{stroke:#000;stroke-width:2}</style>";
const COLOURS: [&str; 6] = ["#36c", "#c63", "#3a7", "#938", "#888", "#b90"];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn open(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\">\n{STYLE}\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    )
}

/// Bars from 0 to 1.25, with a line at 1, where the peer is, and a mark at each bar's target.
pub(super) fn bars(bars: &[Bar]) -> String {
    const LEFT: f64 = 560.0;
    const SCALE: f64 = 360.0;
    const STEP: f64 = 18.0;
    let height = STEP * bars.len() as f64 + 40.0;
    let mut svg = open(LEFT + 1.25 * SCALE + 60.0, height);
    let at = |value: f64| LEFT + value.min(1.25) * SCALE;
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let x = at(tick);
        let _ = writeln!(
            svg,
            "<path class=\"axis\" d=\"M{x} 20V{height}\"/><text x=\"{x}\" y=\"14\">{tick}</text>"
        );
    }
    for (
        number,
        Bar {
            name,
            value,
            target,
        },
    ) in bars.iter().enumerate()
    {
        let y = 24.0 + STEP * number as f64;
        let class = if value <= target { "good" } else { "bad" };
        let (width, mark, label) = (at(*value) - LEFT, at(*target), at(*value).max(at(*target)));
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"12\"/>\
             <path class=\"mark\" d=\"M{mark:.1} {}v16\"/>\
             <text x=\"{:.1}\" y=\"{}\">{value:.2}</text>",
            LEFT - 6.0,
            y + 10.0,
            escape(name),
            y - 2.0,
            label + 5.0,
            y + 10.0,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Curves over logarithmic axes.
pub(super) fn curves(title: &str, units: &[String; 2], curves: &[Curve]) -> String {
    const SIZE: (f64, f64) = (640.0, 360.0);
    const FRAME: (f64, f64, f64, f64) = (70.0, 30.0, 430.0, 280.0);
    let (left, top, width, height) = FRAME;
    let mut svg = open(SIZE.0, SIZE.1);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let x_axis = Axis::new(points().map(|point| point.0));
    let y_axis = Axis::new(points().map(|point| point.1));
    let place = |point: &(f64, f64)| {
        let x = left + x_axis.part(point.0) * width;
        (x, top + height - y_axis.part(point.1) * height)
    };
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"16\">{}</text>\
         <rect class=\"axis\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text x=\"8\" y=\"{}\">{}</text>",
        escape(title),
        left + width / 2.0,
        top + height + 34.0,
        escape(&units[0]),
        top - 4.0,
        escape(&units[1]),
    );
    for exponent in x_axis.ticks() {
        let x = left + x_axis.part(10f64.powi(exponent)) * width;
        let y = top + height + 16.0;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">1e{exponent}</text>"
        );
    }
    for exponent in y_axis.ticks() {
        let y = top + height - y_axis.part(10f64.powi(exponent)) * height + 4.0;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">1e{exponent}</text>",
            left - 6.0
        );
    }
    for (number, curve) in curves.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let line: Vec<String> = curve
            .points
            .iter()
            .map(place)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let (x, y) = (left + width + 12.0, top + 14.0 + 16.0 * number as f64);
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{x}\" y=\"{y}\" style=\"fill:{colour}\">{}</text>",
            line.join(" "),
            escape(&curve.name),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A logarithmic axis over whole powers of ten; what is not positive lies at its start.
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>) -> Axis {
        let logs: Vec<f64> = values
            .filter(|&value| value > 0.0)
            .map(f64::log10)
            .collect();
        let low = logs.iter().copied().fold(f64::MAX, f64::min).floor() as i32;
        let high = logs.iter().copied().fold(f64::MIN, f64::max).ceil() as i32;
        match logs.is_empty() {
            true => Axis { low: 0, high: 1 },
            false => Axis {
                low,
                high: high.max(low + 1),
            },
        }
    }

    /// Where a value lies: 0 at the start, 1 at the end.
    fn part(&self, value: f64) -> f64 {
        match value > 0.0 {
            true => (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low),
            false => 0.0,
        }
    }

    fn ticks(&self) -> impl Iterator<Item = i32> {
        self.low..=self.high
    }
}
