//! Samples as a plot (SVG): memory above, descriptors and threads below, over the minutes.

use std::fmt::Write;

use crate::watch::Sample;

const SIZE: (f64, f64) = (720.0, 360.0);
const LEFT: f64 = 70.0;
const WIDTH: f64 = 620.0;
/// No more points than that in a line: each stands for the highest of its neighbours.
const POINTS: usize = 300;

pub(crate) fn plot(title: &str, samples: &[Sample]) -> String {
    let (width, height) = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\">\n\
         <style>text{{font:11px sans-serif;fill:#333}}.axis{{stroke:#999;fill:none}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"16\">{title}</text>\n"
    );
    let minutes = samples
        .last()
        .map_or(1.0, |last| (last.seconds / 60.0).max(0.001));
    let memory = |sample: &Sample| sample.memory as f64 / 1024.0;
    let descriptors = |sample: &Sample| sample.descriptors as f64;
    let threads = |sample: &Sample| sample.threads as f64;
    let upper = Panel {
        top: 40.0,
        height: 150.0,
        minutes,
    };
    upper.draw(&mut svg, samples, &[("memory, MiB", "#36c", &memory)]);
    let lower = Panel {
        top: 220.0,
        height: 100.0,
        minutes,
    };
    let curves: [Curve<'_>; 2] = [
        ("descriptors", "#c63", &descriptors),
        ("threads", "#3a7", &threads),
    ];
    lower.draw(&mut svg, samples, &curves);
    for tick in 0..=6 {
        let part = f64::from(tick) / 6.0;
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"336\" text-anchor=\"middle\">{:.1}</text>",
            LEFT + part * WIDTH,
            part * minutes
        );
    }
    let middle = LEFT + WIDTH / 2.0;
    let _ = writeln!(
        svg,
        "<text x=\"{middle}\" y=\"354\" text-anchor=\"middle\">minutes</text>"
    );
    svg.push_str("</svg>\n");
    svg
}

/// A name, a colour, and what of a sample is shown.
type Curve<'a> = (&'a str, &'a str, &'a dyn Fn(&Sample) -> f64);

struct Panel {
    top: f64,
    height: f64,
    minutes: f64,
}

impl Panel {
    /// All curves from 0 to the highest point of any.
    fn draw(&self, svg: &mut String, samples: &[Sample], curves: &[Curve<'_>]) {
        let Panel {
            top,
            height,
            minutes,
        } = *self;
        let values = curves
            .iter()
            .flat_map(|(_, _, value)| samples.iter().map(value));
        let highest = 1.1 * values.fold(1.0, f64::max);
        let _ = writeln!(
            svg,
            "<rect class=\"axis\" x=\"{LEFT}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{height}\"/>"
        );
        for tick in 0..=2 {
            let part = f64::from(tick) / 2.0;
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{:.0}\" text-anchor=\"end\">{:.0}</text>",
                LEFT - 6.0,
                top + height * (1.0 - part) + 4.0,
                highest * part
            );
        }
        let mut x_of_name = LEFT;
        for (name, colour, value) in curves {
            let mut line = String::new();
            for near in samples.chunks(samples.len().div_ceil(POINTS).max(1)) {
                let peak = near.iter().map(value).fold(0.0, f64::max);
                let x = LEFT + near[0].seconds / 60.0 / minutes * WIDTH;
                let _ = write!(line, "{x:.0},{:.1} ", top + height * (1.0 - peak / highest));
            }
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\"/>\n\
                 <text x=\"{x_of_name}\" y=\"{}\" style=\"fill:{colour}\">{name}</text>",
                line.trim_end(),
                top - 4.0
            );
            x_of_name += 120.0;
        }
    }
}
