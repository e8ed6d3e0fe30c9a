//! Nothing sticks out, overlaps, or is too pale, on wide and narrow screens, light and dark; everything has a name for
//! those who listen to the page.

use harness_analysis::testing;
use serde_json::{Value, json};

use crate::chromium::Browser;
use crate::{Report, crowded};

/// Texts of figures that leave their figure, and pairs that overlap.
const CLASHES: &str = "(() => {
  const found = [];
  for (const svg of document.querySelectorAll('figure svg, #chart svg')) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((e) => e.textContent.trim()).map((e) => [e.textContent, e.getBoundingClientRect()]);
    texts.forEach(([words, a], i) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 2 || a.bottom > frame.bottom + 1)
        found.push(`${svg.querySelector('title')?.textContent}: ${words} sticks out`);
      for (const [others, b] of texts.slice(i + 1)) {
        const [w, h] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        if (w > 2 && h > 0.3 * Math.min(a.height, b.height)) found.push(`${svg.querySelector('title')?.textContent}: ${words} over ${others}`);
      }
    });
  }
  return found;
})()";

/// What is wider than the screen and cannot be scrolled by itself.
const WIDE: &str = "(() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const scrolls = (e) => { for (e = e.parentElement; e; e = e.parentElement) if (getComputedStyle(e).overflowX === 'auto') return true; };
  const found = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e));
  return [`${document.documentElement.scrollWidth} pixels`, ...found.slice(0, 9).map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 60)}`)];
})()";

/// Texts with a contrast below 4.5 to what they stand on.
const PALE: &str = "(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const found = new Set();
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg, script, style, .mark, [aria-hidden=true]') || !e.getClientRects().length) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.add(`${e.tagName}.${e.className} ${contrast.toFixed(2)}: ${e.textContent.slice(0, 40)}`);
  }
  return [...found];
})()";

fn width(browser: &mut Browser, width: u32) {
    let params = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.call("Emulation.setDeviceMetricsOverride", &params);
}

fn theme(browser: &mut Browser, theme: &str) {
    let params = json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] });
    browser.call("Emulation.setEmulatedMedia", &params);
}

#[test]
fn nothing_sticks_out_or_overlaps_at_any_width() {
    for results in [testing::demo(12), crowded()] {
        let report = Report::of(&results);
        let mut browser = Browser::start();
        for pixels in [320, 390, 768, 1280, 1920] {
            width(&mut browser, pixels);
            browser.open(&report.page(), "");
            assert_eq!(browser.eval(WIDE), json!([]), "at {pixels}");
            assert_eq!(browser.eval(CLASHES), json!([]), "at {pixels}");
        }
        // A figure on a phone is still read: its smallest words are 8 pixels high or more.
        width(&mut browser, 320);
        browser.open(&report.page(), "");
        let least = browser.eval(
            "Math.min(...[...document.querySelectorAll('figure svg text')].filter((e) => e.textContent.trim()).map((e) => \
             parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a))",
        );
        assert!(least.as_f64().unwrap() >= 7.5, "{least}");
    }
}

#[test]
fn words_stand_out_from_their_ground_in_light_and_dark() {
    let report = Report::of(&testing::demo(12));
    let mut browser = Browser::start();
    let mut grounds = Vec::new();
    for name in ["light", "dark"] {
        theme(&mut browser, name);
        browser.open(&report.page(), "");
        browser.eval("document.querySelectorAll('details').forEach((e) => { e.open = true; }), 1");
        assert_eq!(browser.eval(PALE), json!([]), "{name}");
        grounds.push(browser.eval("getComputedStyle(document.querySelector('figure svg rect')).fill"));
    }
    assert_ne!(grounds[0], grounds[1], "figures follow");
}

#[test]
fn everything_has_a_name_for_those_who_listen() {
    let report = Report::of(&testing::demo(12));
    let mut browser = Browser::start();
    browser.open(&report.page(), "");
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let nodes: Vec<&Value> = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false).collect();
    let named = ["button", "link", "image", "combobox", "checkbox", "region", "table", "application", "heading"];
    let mut seen = 0;
    for node in &nodes {
        let role = node["role"]["value"].as_str().unwrap_or("");
        if named.contains(&role) {
            seen += 1;
            let name = node["name"]["value"].as_str().unwrap_or("");
            assert!(!name.trim().is_empty(), "{role} without a name: {node}");
        }
    }
    assert!(seen > 60, "{seen}");
    let levels = browser.eval("[...document.querySelectorAll('h1,h2,h3')].map((e) => +e.tagName[1])");
    let levels: Vec<u64> = serde_json::from_value(levels).unwrap();
    assert!(levels[0] == 1 && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    assert_eq!(browser.eval("document.documentElement.lang"), json!("en"));
}

#[test]
fn the_page_prints_whole() {
    let report = Report::of(&testing::demo(12));
    let mut browser = Browser::start();
    browser.open(&report.page(), "");
    browser.call("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    width(&mut browser, 720);
    assert_eq!(browser.eval("document.getElementById('explore').getClientRects().length"), json!(0));
    let white = browser.eval("getComputedStyle(document.body).backgroundColor");
    assert_eq!(white, json!("rgb(255, 255, 255)"));
    assert_eq!(browser.eval(WIDE), json!([]));
}
