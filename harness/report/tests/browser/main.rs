//! The page as a browser shows it. Needs Chromium, so it is no part of `cargo test --workspace`:
//! `cargo test -p harness-report --features browser --test browser`.

#![expect(clippy::unwrap_used, reason = "a test")]

mod chromium;
mod layout;

use std::fs;
use std::path::{Path, PathBuf};

use chromium::Browser;
use harness_analysis::testing::{self, UnitSpec};
use harness_engine::results::Results;
use serde_json::{Value, json};

/// A rendered report in a folder of its own.
struct Report {
    _root: tempfile::TempDir,
    out: PathBuf,
}

impl Report {
    fn of(results: &Results) -> Self {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("report");
        harness_report::render(results, &out).unwrap();
        Self { _root: root, out }
    }

    fn page(&self) -> PathBuf {
        self.out.join("index.html")
    }
}

/// Twelve optimizers that end close to each other, with names that need room.
fn crowded() -> Results {
    let units = (0..6).flat_map(|seed| {
        (0..12_u32).map(move |at| UnitSpec {
            rate: 0.7 - 1e-3 * f64::from(at),
            iterations: 40,
            ..UnitSpec::new(
                "a problem whose name is far too long for a title",
                &format!("optimizer {at} at length"),
                seed,
            )
        })
    });
    testing::results("crowded", units)
}

fn opened(report: &Report, hash: &str) -> Browser {
    let mut browser = Browser::start();
    browser.open(&report.page(), hash);
    browser
}

/// What of all that a page told is an error, or leaves the page.
fn troubles(told: &[Value], page: &Path) -> Vec<String> {
    let address = format!("file://{}", page.display());
    let own = |url: &str| [&address as &str, "data:", "blob:", "about:"].iter().any(|start| url.starts_with(start));
    let mut troubles = Vec::new();
    for event in told {
        let params = &event["params"];
        let is_trouble = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                ["error", "warning", "assert"].iter().any(|kind| params["type"] == *kind)
            }
            Some("Log.entryAdded") => params["entry"]["level"] == "error",
            Some("Network.requestWillBeSent") => !params["request"]["url"].as_str().is_some_and(own),
            _ => false,
        };
        if is_trouble {
            troubles.push(params.to_string());
        }
    }
    troubles
}

#[test]
fn the_page_loads_nothing_and_reports_no_error() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "#explore&p=iris&x=seconds&sx=linear&sy=linear&all=1&hide=2");
    for control in ["#log-x", "#log-y", "#others", "#legend button", "#copy", "th .sort"] {
        browser.click(control);
    }
    let told = browser.told();
    let asked = told.iter().filter(|event| event["method"] == "Network.requestWillBeSent").count();
    assert!(asked >= 1, "requests are watched");
    assert_eq!(troubles(&told, &report.page()), [""; 0]);
    // The watch sees what it is there to see.
    browser.eval("fetch('https://example.org/').catch(() => 0), console.error('seen'), 1");
    assert!(!troubles(&browser.told(), &report.page()).is_empty());
}

#[test]
fn an_optimizer_is_hidden_everywhere_and_the_address_remembers() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    let hidden =
        "[...document.querySelectorAll('figure .o1, tr[data-o=\"1\"]')].every((e) => !e.getClientRects().length)";
    let shown = "[...document.querySelectorAll('figure .o1, tr[data-o=\"1\"]')].filter((e) => e.getClientRects().length).length";
    assert!(browser.eval(shown).as_f64().unwrap() > 10.0);
    browser.click("#legend button:nth-child(2)");
    browser.until(hidden);
    assert_eq!(browser.eval("document.querySelectorAll('#chart [data-name=\"mirror_descent\"]').length"), json!(0));
    assert_eq!(browser.eval("document.querySelector('#legend button:nth-child(2)').ariaPressed"), json!("false"));
    assert_eq!(browser.eval("location.hash"), json!("#explore&hide=1"));
    browser.open(&report.page(), "#explore&hide=1");
    browser.until(hidden);
    browser.click("#legend button:nth-child(2)");
    browser.until(&format!("{shown} > 10 && location.hash === '#explore'"));
}

#[test]
fn axes_scales_and_problems_change_the_chart_and_have_links() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    let choose = |id: &str, value: &str| {
        format!(
            "(() => {{ const e = document.getElementById('{id}'); e.value = '{value}'; \
                 e.dispatchEvent(new Event('change')); return e.value; }})()"
        )
    };
    let words = "document.getElementById('chart').textContent";
    for (axis, title) in [
        ("iterations", "iterations"),
        ("seconds", "seconds"),
        ("cpu", "CPU seconds"),
        ("passes", "passes over the data"),
    ] {
        assert_eq!(browser.eval(&choose("axis", axis)), json!(axis));
        browser.until(&format!("{words}.includes({title:?})"));
    }
    assert_eq!(browser.eval(&choose("pick", "diabetes")), json!("diabetes"));
    browser.until(&format!("{words}.includes('best known loss') && {words}.includes('target')"));
    let lines = "document.querySelectorAll('#chart .line').length";
    let bold = browser.eval(lines).as_f64().unwrap();
    browser.click("#others");
    browser.until(&format!("{lines} > {bold}"));
    // A linear axis begins at zero, a logarithmic one cannot.
    let ticks = "[...document.querySelectorAll('#chart text[text-anchor=middle]')].map((e) => e.textContent)";
    assert_eq!(browser.eval(&format!("{ticks}.includes('0')")), json!(false));
    browser.click("#log-x");
    browser.until(&format!("{ticks}.includes('0')"));
    let hash = browser.eval("location.hash").as_str().unwrap().to_owned();
    assert_eq!(hash, "#explore&p=diabetes&sx=linear&all=1");
    let drawn = browser.eval("document.getElementById('chart').innerHTML");
    browser.open(&report.page(), &hash);
    browser.until("document.getElementById('pick').value === 'diabetes'");
    assert_eq!(browser.eval("document.getElementById('chart').innerHTML"), drawn, "the link leads to the same view");
}

#[test]
fn every_figure_has_a_link_that_leads_to_it() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    let links = browser.eval("[...document.querySelectorAll('figure a[href^=\"#figure--\"]')].map((e) => e.hash)");
    let links: Vec<String> = links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect();
    assert!(links.len() > 8, "{links:?}");
    assert_eq!(browser.eval("document.querySelectorAll('figure').length"), json!(links.len()));
    for link in links {
        browser.open(&report.page(), &link);
        browser.until(&format!(
            "(() => {{ const r = document.getElementById({:?}).getBoundingClientRect(); \
             return r.top >= -1 && r.top < innerHeight; }})()",
            &link[1..]
        ));
    }
    browser.click("section.card a.explore");
    browser.until("document.getElementById('pick').value === 'iris' && location.hash === '#explore&p=iris'");
}

#[test]
fn tables_sort_by_mouse_and_by_keyboard() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    let table = "document.querySelector('#table--headline table')";
    let column =
        browser.eval(&format!("[...{table}.tHead.rows[0].cells].findIndex((c) => c.textContent === 'Passes')"));
    let column = column.as_u64().unwrap();
    let numbers = format!(
        "[...{table}.tBodies].map((b) => [...b.rows].filter((r) => !r.classList.contains('group'))\
         .map((r) => r.cells[{column}]).map((c) => parseFloat(c.dataset.v ?? c.firstChild.textContent)).filter((v) => !Number.isNaN(v)))"
    );
    let groups = |browser: &mut Browser| -> Vec<Vec<f64>> { serde_json::from_value(browser.eval(&numbers)).unwrap() };
    let before = groups(&mut browser);
    assert!(before.len() == 2 && before.iter().any(|group| !group.is_sorted()), "{before:?}");
    browser.click(&format!("#table--headline thead th:nth-child({}) .sort", column + 1));
    browser.until(&format!("{table}.tHead.rows[0].cells[{column}].ariaSort === 'ascending'"));
    assert!(groups(&mut browser).iter().all(|group| group.is_sorted()));
    // The heading has kept the focus.
    browser.press("Enter");
    browser.until(&format!("{table}.tHead.rows[0].cells[{column}].ariaSort === 'descending'"));
    assert!(groups(&mut browser).iter().all(|group| group.iter().rev().is_sorted()));
    // The address remembers, and leads to the table.
    let hash = browser.eval("location.hash").as_str().unwrap().to_owned();
    assert_eq!(hash, format!("#table--headline&sort=headline.{column}.down"));
    let order = browser.eval(&format!("{table}.textContent"));
    browser.open(&report.page(), &hash);
    browser.until(&format!("{table}.tHead.rows[0].cells[{column}].ariaSort === 'descending'"));
    assert_eq!(browser.eval(&format!("{table}.textContent")), order);
    assert_eq!(
        browser.eval(&format!(
            "(({{ top }}) => 0 <= top + 1 && top < innerHeight)({table}.parentElement.getBoundingClientRect())"
        )),
        json!(true)
    );
    browser.eval("location.hash = '#explore', 1");
    browser.until(&format!("!{table}.querySelector('[aria-sort]')"));
    assert_eq!(groups(&mut browser), before, "without an order the rows stand as they were");
    // Headings of groups stay on top of their groups.
    let firsts = browser.eval(&format!("[...{table}.tBodies].every((b) => b.rows[0].classList.contains('group'))"));
    assert_eq!(firsts, json!(true));
}

#[test]
fn a_pointer_and_the_arrow_keys_read_values() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "#explore&p=iris");
    browser.until("document.querySelectorAll('#chart .line').length > 3");
    browser.eval("document.getElementById('chart').focus(), 1");
    for _ in 0..16 {
        browser.press("ArrowRight");
    }
    browser.until("document.getElementById('values').textContent.includes('passes over the data')");
    assert_eq!(browser.eval("document.getElementById('values').textContent.includes('em ')"), json!(true));
    let middle = browser.eval(
        "(() => { const s = document.querySelector('#figure--iris-gap-passes svg'); s.scrollIntoView({block: 'center'}); \
         const r = s.getBoundingClientRect(); return [r.x + r.width * .2, r.y + r.height / 2]; })()",
    );
    browser.point_at(middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap());
    browser.until("!document.getElementById('tip').hidden");
    let words = browser.eval("[...document.getElementById('tip').children].map((e) => e.textContent)");
    let words: Vec<String> = serde_json::from_value(words).unwrap();
    assert!(words[0].starts_with("at ") && words.len() > 3, "{words:?}");
    browser.point_at(1.0, 1.0);
    browser.until("document.getElementById('tip').hidden");
    // On a strip the run that is pointed at, with its value.
    let marker = "(() => { const s = document.querySelector('#figure--iris-passes-to-target .o0 .runs path'); \
                  s.scrollIntoView({block: 'center'}); const r = s.getBoundingClientRect(); \
                  return [r.x + 2, r.y + r.height / 2]; })()";
    let marker = browser.eval(marker);
    browser.point_at(marker[0].as_f64().unwrap(), marker[1].as_f64().unwrap());
    browser.until("!document.getElementById('tip').hidden");
    let words = browser.eval("document.getElementById('tip').textContent");
    let value = words.as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
    let units = fs::read_to_string(report.out.join("tables/units.csv")).unwrap();
    let own: Vec<f64> = units
        .lines()
        .filter(|line| line.contains(",iris,em,"))
        .filter_map(|line| line.split(',').nth_back(5)?.parse().ok())
        .collect();
    let least = own.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((value.parse::<f64>().unwrap() / least - 1.0).abs() < 0.05, "{words} for {least}");
}

#[test]
fn what_is_saved_is_what_the_folder_holds() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    // The page alone, as somebody gets it by mail.
    let alone = tempfile::tempdir().unwrap();
    let copy = alone.path().join("index.html");
    fs::copy(report.page(), &copy).unwrap();
    browser.open(&copy, "");
    browser.eval(
        "window.saved = {}; HTMLAnchorElement.prototype.click = function () { \
         window.saved[this.download] = window.blobs[this.href]; }; \
         window.blobs = {}; const make = URL.createObjectURL; \
         URL.createObjectURL = (blob) => { const url = make(blob); window.blobs[url] = blob.text(); return url; }; 1",
    );
    for name in ["table-suite.csv", "table-headline.tex", "table-tuning.md"] {
        browser.click(&format!("a[href='tables/{name}']"));
        let saved = browser.eval(&format!("window.saved[{name:?}]"));
        assert_eq!(saved.as_str().unwrap(), fs::read_to_string(report.out.join("tables").join(name)).unwrap());
    }
    browser.click("#figure--iris-gap-passes figcaption a[href$='.svg']");
    let saved = browser.eval("window.saved['iris-gap-passes.svg']");
    let svg = saved.as_str().unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("xmlns=\"http://www.w3.org/2000/svg\"") && svg.contains(".hf"));
    browser.click("#save-csv");
    let csv = browser.eval("window.saved['suite-passes.csv']");
    assert!(csv.as_str().unwrap().starts_with("optimizer,setting,passes,share,low,high\nem,,"), "{csv}");
    browser.click("#save-svg");
    assert!(browser.eval("window.saved['suite-passes.svg']").as_str().unwrap().contains("passes over the data"));
}

#[test]
fn the_page_is_complete_without_scripts() {
    let report = Report::of(&testing::demo(12));
    let mut browser = Browser::start();
    browser.stop_scripts();
    browser.open(&report.page(), "");
    let text = browser.eval("document.body.innerText");
    for words in [
        "em is first",
        "95 % CI",
        "Undecided: adam leads, not separated by 12 seeds from mirror_descent",
        "24 of 204 runs failed",
        "GD step=10 diverged",
        "Scripts are off",
        "bench benchmark.yaml",
    ] {
        assert!(text.as_str().unwrap().contains(words), "{words}");
    }
    let figures = browser.eval(
        "[...document.querySelectorAll('figure svg')].filter((e) => e.getBoundingClientRect().height > 100).length",
    );
    assert!(figures.as_u64().unwrap() > 8);
    assert!(browser.eval("document.querySelectorAll('table.data tbody tr').length").as_u64().unwrap() > 40);
    // What could not work is not offered.
    assert_eq!(browser.eval("document.getElementById('explore').getClientRects().length"), json!(0));
    let offered = "[...document.querySelectorAll('button')].filter((e) => e.getClientRects().length).length";
    assert_eq!(browser.eval(offered), json!(0));
}

/// More pairs, rows and figures than a page holds unpacked.
fn large() -> Results {
    let units = (0..5).flat_map(|problem: u64| {
        (0..6).flat_map(move |seed| {
            (0..12_u32).map(move |at| UnitSpec {
                rate: 0.5 + 0.02 * f64::from(at) + 0.01 * ((problem + seed) % 3) as f64,
                iterations: 40,
                ..UnitSpec::new(&format!("problem {problem}"), &format!("optimizer {at}"), seed)
            })
        })
    });
    testing::results("large", units)
}

#[test]
fn what_is_packed_is_drawn_by_the_script_and_linked_without_it() {
    let report = Report::of(&large());
    let mut browser = Browser::start();
    browser.open(&report.page(), "");
    let left = "document.querySelectorAll('div[data-table]').length + \
                [...document.querySelectorAll('.later')].filter((e) => !e.closest('.rest')).length";
    assert_eq!(browser.eval(left), json!(0));
    let pairs = fs::read_to_string(report.out.join("tables/table-pairs.csv")).unwrap().lines().count() - 1;
    assert!(pairs > 120);
    let rows = "document.querySelectorAll('#table--pairs tbody tr:not(.group)').length";
    assert_eq!(browser.eval(rows), json!(pairs));
    let words = browser.eval("document.querySelector('.matrix td[title]').title");
    assert!(words.as_str().unwrap().contains(" against "), "{words}");
    // A figure on request is there once it is asked for, the same as in its file.
    browser.click(".card .rest summary");
    browser.until("document.querySelectorAll('.card .rest[open] figure svg path').length > 10");
    assert_eq!(troubles(&browser.told(), &report.page()), [""; 0]);
    browser.stop_scripts();
    browser.open(&report.page(), "");
    let links = browser
        .eval("[...document.querySelectorAll('.later a, div[data-table] a')].map((e) => e.getAttribute('href'))");
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert!(links.len() > 3, "{links:?}");
    assert!(links.iter().all(|link| report.out.join(link).is_file()), "{links:?}");
}

#[test]
fn the_first_screen_answers() {
    let report = Report::of(&testing::demo(12));
    let mut browser = opened(&report, "");
    let above = browser.eval(
        "[...document.querySelectorAll('#verdicts p')].filter((e) => e.getBoundingClientRect().bottom < 900).map((e) => e.innerText).join(' ')",
    );
    for words in [
        "em is first: 2.2× (95 % CI 1.7–2.7)",
        "adam leads, not separated by 12 seeds from mirror_descent (1.2× its passes, 95 % CI 1–1.4, on 10 of 12 seeds)",
        "The clock says the same: em (",
        "One-shot baselines: linfa_kmeans (median gap 0.253) never reaches the target",
        "GD step=10 diverged",
    ] {
        assert!(above.as_str().unwrap().contains(words), "{words}: {above}");
    }
}
