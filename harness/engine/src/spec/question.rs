//! The comment at the head of a benchmark file: the question that it answers.

/// The comments before the first line of content, without `#`; an empty line separates paragraphs.
pub(super) fn read(text: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        let Some(comment) = line.strip_prefix('#') else {
            if line.is_empty() || line == "---" {
                open = false;
                continue;
            }
            break;
        };
        let comment = comment.trim_start_matches('#').trim();
        // The line by which an editor finds the schema is no prose.
        if comment.starts_with("yaml-language-server:") {
            continue;
        }
        match paragraphs.last_mut() {
            _ if comment.is_empty() => open = false,
            Some(paragraph) if open => {
                paragraph.push(' ');
                paragraph.push_str(comment);
            }
            _ => {
                paragraphs.push(comment.to_owned());
                open = true;
            }
        }
    }
    paragraphs.join("\n\n")
}

/// The comment that [`read`] reads back.
pub(super) fn write(question: &str) -> String {
    let paragraphs: Vec<String> =
        question.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(|text| format!("# {text}\n")).collect();
    paragraphs.join("#\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_survive() {
        for (text, question) in [
            ("# one\n# two\nname: x # no\n# no\n", "one two"),
            ("\n# yaml-language-server: $schema=s.json\n# one\n#\n#two\n\n# three\n---\na: 1", "one\n\ntwo\n\nthree"),
            ("name: x\n# no\n", ""),
            ("", ""),
        ] {
            assert_eq!(read(text), question, "{text}");
            assert_eq!(read(&write(question)), question);
        }
    }
}
