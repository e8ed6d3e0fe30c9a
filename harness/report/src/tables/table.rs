//! A table that is read by people and by programs: one set of rows, four forms.

use std::fmt::Write;

use serde::Serialize;

/// A column.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Column {
    /// Heading for people.
    pub(crate) head: String,
    /// Names in the CSV file; a cell has as many raw values.
    pub(crate) csv: Vec<&'static str>,
    /// Numbers stand at the right.
    pub(crate) is_number: bool,
}

/// One value, or a few that belong together.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Cell {
    /// For people.
    pub(crate) text: String,
    /// Less important, below: an interval, quartiles.
    pub(crate) note: String,
    /// For programs: full precision, one for each name of the column.
    pub(crate) raw: Vec<String>,
    /// `good`, `bad`, `some`, `none` or nothing.
    pub(crate) tone: &'static str,
    /// Place of the optimizer whose mark stands before the text.
    pub(crate) place: Option<usize>,
}

/// A table; rows of one group share the value of the first column.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Table {
    /// File name without ending.
    pub(crate) stem: &'static str,
    /// What it shows, and what the columns mean.
    pub(crate) caption: String,
    /// Columns.
    pub(crate) columns: Vec<Column>,
    /// Rows, as long as the columns.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Whether the first column names groups, shown as headings.
    pub(crate) is_grouped: bool,
}

/// A column of words.
pub(crate) fn words(head: &str, csv: &'static str) -> Column {
    Column { head: head.to_owned(), csv: vec![csv], is_number: false }
}

/// A column of numbers.
pub(crate) fn numbers(head: &str, csv: &[&'static str]) -> Column {
    Column { head: head.to_owned(), csv: csv.to_vec(), is_number: true }
}

/// Words that stand for themselves.
pub(crate) fn word(text: impl Into<String>) -> Cell {
    let text = text.into();
    Cell { raw: vec![text.clone()], text, ..Cell::default() }
}

/// A whole number.
pub(crate) fn count(n: usize) -> Cell {
    word(n.to_string())
}

/// Shortest digits that read back to the same number.
pub(crate) fn exact(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value}") }
}

impl Table {
    /// The rows of one group, without the column that names it.
    pub(crate) fn of_group(&self, group: &str) -> Table {
        let rows = self.rows.iter().filter(|row| row[0].text == group).map(|row| row[1..].to_vec()).collect();
        Table { columns: self.columns[1..].to_vec(), rows, is_grouped: false, ..self.clone() }
    }

    /// Comma-separated values: one header row, full precision, infinity as `inf`, nothing where there is no value.
    pub(crate) fn csv(&self) -> String {
        let header = self.columns.iter().flat_map(|column| column.csv.iter().map(ToString::to_string)).collect();
        let rows = self.rows.iter().map(|row| row.iter().flat_map(|cell| cell.raw.clone()).collect());
        super::csv(header, rows)
    }

    /// A table of GitHub's Markdown.
    pub(crate) fn markdown(&self) -> String {
        let clean = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
        let mut text = format!("{}\n\n|", clean(&self.caption));
        for column in &self.columns {
            let _ = write!(text, " {} |", clean(&column.head));
        }
        text.push_str("\n|");
        for column in &self.columns {
            text.push_str(if column.is_number { " ---: |" } else { " --- |" });
        }
        text.push('\n');
        for row in &self.rows {
            text.push('|');
            for cell in row {
                let _ = write!(text, " {} |", clean(&joined(cell)));
            }
            text.push('\n');
        }
        text
    }

    /// A table for a paper, with booktabs and graphicx: notes stand below their values, and one that is wider than the
    /// page is made to fit.
    pub(crate) fn latex(&self) -> String {
        let shown = usize::from(self.is_grouped);
        let columns = &self.columns[shown..];
        let kinds: String = columns.iter().map(|column| if column.is_number { 'r' } else { 'l' }).collect();
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let mut text = format!(
            "% \\usepackage{{booktabs,graphicx}}\n{NOTED}\n\\begin{{table}}\n\\caption{{{}}}\n\\label{{tab:{}}}\n\
             \\centering\n{FITTED}\n\\begin{{tabular}}{{{kinds}}}\n\\toprule\n",
            latex(&self.caption),
            self.stem
        );
        text += &line(columns.iter().map(|column| latex(&column.head)).collect());
        let mut group = None;
        if !self.is_grouped {
            text += "\\midrule\n";
        }
        for row in &self.rows {
            if self.is_grouped && group != Some(&row[0].text) {
                group = Some(&row[0].text);
                let name = latex(&row[0].text);
                let _ = writeln!(text, "\\midrule\n\\multicolumn{{{}}}{{l}}{{\\textit{{{name}}}}} \\\\", columns.len());
            }
            let cells = row[shown..].iter().zip(columns);
            text += &line(cells.map(|(cell, column)| noted(cell, column.is_number)).collect());
        }
        text + "\\bottomrule\n\\end{tabular}}\n\\end{table}\n"
    }
}

fn joined(cell: &Cell) -> String {
    if cell.note.is_empty() { cell.text.clone() } else { format!("{} [{}]", cell.text, cell.note) }
}

/// A value with its note below, for LaTeX.
const NOTED: &str = r"\providecommand{\noted}[3]{\begin{tabular}[t]{@{}#1@{}}#2\\[-3pt]{\scriptsize #3}\end{tabular}}";

/// What follows is as wide as the page at most.
const FITTED: &str = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%";

fn noted(cell: &Cell, is_number: bool) -> String {
    if cell.note.is_empty() {
        return latex(&cell.text);
    }
    let side = if is_number { 'r' } else { 'l' };
    format!("\\noted{{{side}}}{{{}}}{{{}}}", latex(&cell.text), latex(&cell.note))
}

/// Text for LaTeX.
fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '×' => out.push_str("$\\times$"),
            '≤' => out.push_str("$\\leq$"),
            '≥' => out.push_str("$\\geq$"),
            '≈' => out.push_str("$\\approx$"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '∞' => out.push_str("$\\infty$"),
            '·' => out.push_str("$\\cdot$"),
            '–' => out.push_str("--"),
            '−' => out.push_str("$-$"),
            '⁻' => out.push_str("$^-$"),
            'λ' => out.push_str("$\\lambda$"),
            'ᵏ' => out.push_str("$^k$"),
            '²' => out.push_str("$^2$"),
            '⁵' => out.push_str("$^5$"),
            '√' => out.push_str("$\\surd$"),
            '½' => out.push_str("$\\frac12$"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Table {
        let costs =
            Cell { text: "2.5×".into(), note: "2–3".into(), raw: vec!["2.5".into(), "2".into()], ..Cell::default() };
        let none = Cell { text: "∞".into(), raw: vec!["inf".into(), String::new()], ..Cell::default() };
        Table {
            stem: "small",
            caption: "Costs in % of A & B".to_owned(),
            columns: vec![
                words("Problem", "problem"),
                words("Optimizer", "optimizer"),
                numbers("Passes", &["passes", "low"]),
            ],
            rows: vec![vec![word("iris|1"), word("gd_1"), costs], vec![word("iris|1"), word("em"), none]],
            is_grouped: true,
        }
    }

    #[test]
    fn four_forms_of_one_table() {
        let table = small();
        assert_eq!(table.csv(), "problem,optimizer,passes,low\niris|1,gd_1,2.5,2\niris|1,em,inf,\n");
        assert_eq!(
            table.markdown(),
            "Costs in % of A & B\n\n| Problem | Optimizer | Passes |\n| --- | --- | ---: |\n| iris\\|1 | gd_1 | 2.5× [2–3] \
             |\n| iris\\|1 | em | ∞ |\n"
        );
        let tex = table.latex();
        assert!(
            tex.contains("\\caption{Costs in \\% of A \\& B}")
                && tex.contains("gd\\_1 & \\noted{r}{2.5$\\times$}{2--3} \\\\")
        );
        assert_eq!(tex.matches("\\multicolumn{2}{l}").count(), 1);
        assert_eq!((tex.matches("\\toprule").count(), tex.matches("\\bottomrule").count()), (1, 1));
    }
}
