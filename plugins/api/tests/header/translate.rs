//! From the Rust definitions of the ABI to C: constants, types and structs with their documentation, in source order.
//!
//! Understands the part of Rust that `abi.rs` is written in and stops at anything else: what it cannot translate must
//! not silently go missing from the header.

use std::fmt::Write;

/// An item of `abi.rs` that C needs.
enum Item {
    Constant { docs: Vec<String>, name: String, value: String },
    Alias { docs: Vec<String>, declaration: String },
    Struct { docs: Vec<String>, name: String, fields: Vec<Field> },
}

struct Field {
    docs: Vec<String>,
    declaration: String,
}

/// The C declarations for the text of `abi.rs`.
pub(super) fn declarations(source: &str) -> String {
    let items = items(source);
    let mut out = String::new();
    for item in &items {
        if let Item::Struct { name, .. } = item {
            writeln!(out, "typedef struct {name} {name};").unwrap();
        }
    }
    for item in &items {
        match item {
            Item::Constant { docs, name, value } => {
                if !docs.is_empty() {
                    out.push('\n');
                }
                push_docs(&mut out, "", docs);
                writeln!(out, "#define {name} {value}").unwrap();
            }
            Item::Alias { docs, declaration } => {
                out.push('\n');
                push_docs(&mut out, "", docs);
                writeln!(out, "typedef {declaration};").unwrap();
            }
            Item::Struct { docs, name, fields } => {
                out.push('\n');
                push_docs(&mut out, "", docs);
                writeln!(out, "struct {name} {{").unwrap();
                for field in fields {
                    push_docs(&mut out, "    ", &field.docs);
                    writeln!(out, "{};", wrapped(&field.declaration)).unwrap();
                }
                out.push_str("};\n");
            }
        }
    }
    out
}

/// The documentation at the head of `abi.rs` as plain lines.
pub(super) fn module_docs(source: &str) -> Vec<String> {
    source.lines().map_while(|line| line.strip_prefix("//!")).map(plain).collect()
}

fn items(source: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut docs: Vec<String> = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("impl ") {
            break; // the Rust side of the types follows
        }
        if let Some(text) = line.strip_prefix("///") {
            docs.push(plain(text));
        } else if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")) {
            let fields = fields(&mut lines);
            items.push(Item::Struct { docs: std::mem::take(&mut docs), name: name.to_owned(), fields });
        } else if line.starts_with("pub ") {
            let mut text = line.to_owned();
            while !text.ends_with(';') {
                text.push_str(lines.next().expect("an item ends with `;`"));
            }
            items.push(constant_or_alias(std::mem::take(&mut docs), &text));
        } else {
            let is_known = line.is_empty() || ["//", "#[", "use "].iter().any(|start| line.starts_with(start));
            assert!(is_known, "cannot translate this line of abi.rs: {line}");
        }
    }
    items
}

fn fields<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut docs = Vec::new();
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        if line == "}" {
            break;
        }
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(plain(doc));
            continue;
        }
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(line);
        let depth = text.matches(['(', '<']).count() - text.replace("->", "").matches([')', '>']).count();
        if depth == 0 && text.ends_with(',') {
            let (name, kind) = text.trim_end_matches(',').split_once(": ").expect("a field has a type");
            let declaration = declare(kind, name.trim_start_matches("pub "));
            fields.push(Field { docs: std::mem::take(&mut docs), declaration });
            text.clear();
        }
    }
    fields
}

fn constant_or_alias(docs: Vec<String>, text: &str) -> Item {
    let text = text.trim_end_matches(';');
    if let Some((name, kind)) = text.strip_prefix("pub type ").and_then(|rest| rest.split_once(" = ")) {
        return Item::Alias { docs, declaration: declare(kind, name) };
    }
    let constant = text.strip_prefix("pub const ").and_then(|rest| rest.split_once(" = "));
    let (head, value) = constant.unwrap_or_else(|| panic!("cannot translate this item of abi.rs: {text}"));
    let (name, kind) = head.split_once(": ").expect("a constant has a type");
    Item::Constant { docs, name: name.to_owned(), value: literal(kind, value) }
}

fn literal(kind: &str, value: &str) -> String {
    let text = value.strip_prefix("HarnessStr::new(").map(|rest| rest.trim_end_matches(')'));
    if let Some(text) = text.or_else(|| value.strip_prefix('c').filter(|_| kind == "&CStr")) {
        return text.to_owned();
    }
    let bytes = value.strip_prefix("u64::from_le_bytes(*b\"").and_then(|rest| rest.strip_suffix("\")"));
    if let Some(bytes) = bytes {
        let bytes = bytes.replace("\\0", "\0");
        let bytes: [u8; 8] = bytes.as_bytes().try_into().expect("8 bytes make a u64");
        return format!("UINT64_C({:#018x})", u64::from_le_bytes(bytes));
    }
    let digits = value.replace('_', "");
    assert!(digits.chars().all(|c| c.is_ascii_hexdigit() || c == 'x'), "cannot translate the value {value}");
    match kind {
        "u64" => format!("UINT64_C({digits})"),
        "u32" => format!("UINT32_C({digits})"),
        "HarnessStatus" => digits,
        other => panic!("cannot translate a constant of type {other}"),
    }
}

/// A C declaration of `name` with the Rust type `kind`.
fn declare(kind: &str, name: &str) -> String {
    let kind = kind.strip_prefix("Option<").map_or(kind, |inner| inner.strip_suffix('>').expect("Option<…>"));
    let kind = kind.trim_matches([' ', ',']);
    if let Some(rest) = kind.strip_prefix("unsafe extern \"C\" fn(") {
        let (arguments, result) = rest.rsplit_once(')').expect("a function has arguments");
        let result = result.trim().strip_prefix("->").map_or("()", str::trim);
        let arguments: Vec<String> = arguments
            .split(',')
            .filter(|argument| !argument.trim().is_empty())
            .map(|argument| {
                let (name, kind) = argument.trim().split_once(": ").expect("an argument has a type");
                declare(kind, name)
            })
            .collect();
        let arguments = if arguments.is_empty() { "void".to_owned() } else { arguments.join(", ") };
        return declare(result, &format!("(*{name})({arguments})"));
    }
    if let Some(target) = kind.strip_prefix("*const ") {
        if target.starts_with('*') {
            return declare(target, &format!("const *{name}"));
        }
        return format!("const {}", declare_target(target, &format!("*{name}")));
    }
    if let Some(target) = kind.strip_prefix("*mut ") {
        return declare_target(target, &format!("*{name}"));
    }
    declare_target(kind, name)
}

fn declare_target(kind: &str, name: &str) -> String {
    let base = match kind {
        "usize" => "size_t",
        "u8" => "char", // text: C's literals are `char`
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "i32" => "int32_t",
        "i64" => "int64_t",
        "f64" => "double",
        "c_void" | "()" => "void",
        other if other.starts_with("*const ") || other.starts_with("*mut ") => return declare(other, name),
        other if other.starts_with("Harness") => other,
        other => panic!("cannot translate the type {other}"),
    };
    format!("{base} {name}")
}

/// The declaration of a field, its arguments on lines of their own where one line is not enough.
fn wrapped(declaration: &str) -> String {
    const WIDTH: usize = 110;
    if declaration.len() <= WIDTH {
        return format!("    {declaration}");
    }
    let (head, arguments) = declaration.split_once(")(").expect("only functions are long");
    let mut out = format!("    {head})(");
    let mut column = out.len();
    for (i, argument) in arguments.split(", ").enumerate() {
        let separator = if i == 0 { "" } else { "," };
        if column + argument.len() > WIDTH {
            write!(out, "{separator}\n            ").unwrap();
            column = 12;
        } else if i > 0 {
            out.push_str(", ");
        }
        out.push_str(argument);
        column += argument.len() + 2;
    }
    out
}

fn push_docs(out: &mut String, indent: &str, docs: &[String]) {
    match docs {
        [] => {}
        [line] => writeln!(out, "{indent}/* {line} */").unwrap(),
        [first, rest @ ..] => {
            writeln!(out, "{indent}/* {first}").unwrap();
            for (i, line) in rest.iter().enumerate() {
                let end = if i + 1 == rest.len() { " */" } else { "" };
                writeln!(out, "{}{end}", format!("{indent} * {line}").trim_end()).unwrap();
            }
        }
    }
}

/// A line of documentation without the brackets of its links.
fn plain(text: &str) -> String {
    text.strip_prefix(' ').unwrap_or(text).replace("[`", "`").replace("`]", "`").replace('`', "")
}
