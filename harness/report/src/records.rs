//! Where the records lie, as seen from the page: a link for those who have both.

use std::path::Path;

/// The results folder `records` relative to the report folder `out`, where the two lie as the program lays them out,
/// `results/<name>` beside `reports/<name>`. Elsewhere nothing: a link would hold on one machine only.
pub(crate) fn seen_from(out: &Path, records: &Path) -> Option<String> {
    // `reports` itself may not be there yet.
    let root = |folder: &Path, above: &str| {
        let folder = std::path::absolute(folder).ok()?;
        let parent = folder.parent().filter(|parent| parent.ends_with(above))?;
        parent.parent()?.canonicalize().ok()
    };
    let beside =
        root(records, "results").filter(|root_of_records| root(out, "reports").as_ref() == Some(root_of_records));
    beside.and(records.file_name()).map(|name| format!("../../results/{}", encoded(&name.to_string_lossy())))
}

/// A folder's name in an address.
pub(crate) fn encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| {
            let c = char::from(byte);
            if c.is_ascii_alphanumeric() || "-_.~".contains(c) { c.to_string() } else { format!("%{byte:02X}") }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_beside_the_report_have_a_link_and_others_none() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["results/a b", "elsewhere/results/a b"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let seen = |records: &str| seen_from(&root.path().join("reports/a b"), &root.path().join(records));
        assert_eq!(seen("results/a b").as_deref(), Some("../../results/a%20b"), "before there is a report");
        std::fs::create_dir(root.path().join("reports")).unwrap();
        assert_eq!(seen("results/a b").as_deref(), Some("../../results/a%20b"), "and after");
        assert_eq!(seen("elsewhere/results/a b"), None);
        assert_eq!(seen("nowhere/a"), None);
        assert_eq!(encoded("a b\"<"), "a%20b%22%3C");
    }
}
