//! Colours, markers and sizes, the same in every figure of a report.
//!
//! Colours are Okabe and Ito's, which readers with a colour vision deficiency tell apart, without yellow, which cannot
//! be seen on white, and with two of Tol's where a benchmark has more than seven optimizers. Each has a lighter twin for dark backgrounds. An optimizer keeps its colour and marker
//! through the whole report.

/// A colour on light and on dark ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    /// On light ground, `0xRRGGBB`.
    pub(crate) light: u32,
    /// On dark ground.
    pub(crate) dark: u32,
}

const fn ink(light: u32, dark: u32) -> Ink {
    Ink { light, dark }
}

/// The ground of a figure.
pub(crate) const PAPER: Ink = ink(0x00FF_FFFF, 0x0017_1A1F);
/// Text that has to be read.
pub(crate) const TEXT: Ink = ink(0x001F_2328, 0x00E6_E8EB);
/// Text that explains.
pub(crate) const MUTED: Ink = ink(0x0057_606A, 0x00A4_ABB3);
/// Grid lines.
pub(crate) const GRID: Ink = ink(0x00E9_ECEF, 0x0029_2E35);
/// Axes and reference lines.
pub(crate) const RULE: Ink = ink(0x0099_A1AA, 0x0069_717B);

const SERIES: [Ink; 9] = [
    ink(0x0000_72B2, 0x0045_A2E6),
    ink(0x00D5_5E00, 0x00F0_7F32),
    ink(0x0000_9E73, 0x002B_BE92),
    ink(0x00CC_79A7, 0x00E0_9BC2),
    ink(0x00E6_9F00, 0x00F2_B632),
    ink(0x0056_B4E9, 0x009A_D8F8),
    ink(0x0044_4444, 0x00C8_CCD0),
    ink(0x0088_2255, 0x00D9_6F9F),
    ink(0x008A_8A2B, 0x00C6_C65C),
];

/// All inks, for the rules that turn light into dark.
pub(crate) fn inks() -> impl Iterator<Item = Ink> {
    [PAPER, TEXT, MUTED, GRID, RULE].into_iter().chain(SERIES)
}

/// The colours that data are drawn in, which alone may be dashed.
pub(crate) fn series_inks() -> impl Iterator<Item = Ink> {
    SERIES.into_iter().chain([RULE])
}

/// Colours for data; the page has a class for each.
pub(crate) const COLORS: usize = SERIES.len();

/// A marker shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Down,
    Cross,
    Plus,
    Pentagon,
}

const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Down,
    Marker::Cross,
    Marker::Plus,
    Marker::Pentagon,
];

/// How an optimizer is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) ink: Ink,
    pub(crate) marker: Marker,
    /// Its place in the benchmark.
    pub(crate) place: usize,
}

/// The look of the optimizer in the given place of the benchmark; colour and marker together repeat after 72.
pub(crate) fn look(place: usize) -> Look {
    Look { ink: SERIES[place % SERIES.len()], marker: MARKERS[place % MARKERS.len()], place }
}

impl Marker {
    /// Corners on the unit circle, or so that the shapes look equally large; none for the circle.
    pub(crate) fn corners(self) -> Vec<(f64, f64)> {
        let regular = |corners: u32, turn: f64, radius: f64| {
            (0..corners)
                .map(|k| {
                    let angle = std::f64::consts::TAU * (f64::from(k) / f64::from(corners) + turn);
                    (radius * angle.cos(), radius * angle.sin())
                })
                .collect()
        };
        let bar = 0.36;
        let plus: [(f64, f64); 12] = [
            (-bar, -1.2),
            (bar, -1.2),
            (bar, -bar),
            (1.2, -bar),
            (1.2, bar),
            (bar, bar),
            (bar, 1.2),
            (-bar, 1.2),
            (-bar, bar),
            (-1.2, bar),
            (-1.2, -bar),
            (-bar, -bar),
        ];
        let half = std::f64::consts::FRAC_1_SQRT_2;
        match self {
            Marker::Circle => Vec::new(),
            Marker::Square => regular(4, 0.125, 1.25),
            Marker::Triangle => regular(3, -0.25, 1.3),
            Marker::Diamond => regular(4, 0.0, 1.35),
            Marker::Down => regular(3, 0.25, 1.3),
            Marker::Plus => plus.to_vec(),
            Marker::Cross => plus.iter().map(|(x, y)| ((x - y) * half, (x + y) * half)).collect(),
            Marker::Pentagon => regular(5, -0.25, 1.2),
        }
    }

    /// The character that stands for the shape in running text.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Marker::Circle => "●",
            Marker::Square => "■",
            Marker::Triangle => "▲",
            Marker::Diamond => "◆",
            Marker::Down => "▼",
            Marker::Cross => "✖",
            Marker::Plus => "✚",
            Marker::Pentagon => "⬟",
        }
    }
}
