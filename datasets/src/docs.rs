//! The page `docs/datasets.md`, written from the registry and the options, so that it cannot be wrong about them.

use std::fmt::Write as _;

use crate::format::Format;
use crate::options::{Options, Task};
use crate::published::Source;
use crate::registry::{FILE_OPTIONS, Info, Parameter, common_parameters, registry};
use crate::transforms::{Kind, Transform};

/// What is said before the tables.
const INTRODUCTION: &str = "# Datasets

<!-- Written from the registry: `UPDATE_EXPECT=1 cargo test -p harness-datasets --test docs` writes it again. -->

A benchmark names a dataset by `name`, or a file of its own by `file`:

```yaml
dataset: { name: iris, standardize: true, intercept: true, test_fraction: 0.25 }
dataset: { file: data/my.csv, target: price, standardize: true, intercept: true }
```

Embedded and synthetic sets are part of the program. Published sets are files in the data folder: `--data-dir`, else
`HARNESS_DATA_DIR`, else the platform's folder for data. `harness data list` says which are there, `harness data fetch`
downloads those of which an address and a checksum are known, and files that are there already are recognised by size and
SHA-256 and read as they are: in the places named below, and in those (`or`) where torchvision (`FashionMNIST/raw`,
`MNIST/raw`) and the unpacked archive of CIFAR-10 (`cifar-10-batches-bin`) have them, so that `--data-dir` may be the folder
that is `root` to torchvision. Nothing but `fetch` opens a connection.

```sh
harness data fetch fashion_mnist a9a               # from where they are published
harness data fetch --mirror http://host/data abalone  # from a copy of somebody's data folder, any set with a checksum
harness data verify                                # what is there, by size and SHA-256
```

A download is resumed where it broke off, and a file comes to be there whole or not at all. What has another size or
checksum is refused; a wrong file of the right size is kept under `quarantine`, to be looked at, and never read. Where
what came before turns out not to fit what comes now, it is thrown away, and the file asked for once more from its
beginning. A server that is silent for 30 seconds (`--timeout`) is given up for the next one. A second `fetch` of the same
file waits for the first. Nothing is written through symbolic links, nor where something else than a file is. A set that
cannot be fetched does not keep the others from being fetched; the exit code is then not 0, as it is where `data path` or
`data verify` of a set finds a file missing or wrong.

Large files are decoded once: tables of 8 MiB and more are kept in `HARNESS_CACHE_DIR` (else the platform's folder for
caches, `~/.cache/harness/tables` on Linux), named by the content of their files and by how they were read. Each has a
checksum of its own; one that is damaged is made again. The least recently used go when they take more than 4 GiB; an empty
`HARNESS_CACHE_DIR` means no cache.
";

/// What is said of files.
const FILES: &str = "## Files

CSV, TSV, LIBSVM, IDX, CIFAR-10 binary, NPY, ARFF, each also compressed by gzip, NPZ and Parquet. The format follows
from the file's ending, else from its first bytes, else `format` says it. A gzip file may have several members, and zeros
after the last, as tapes leave them; anything else there is refused. The rows of `test_file` are the official test part;
a file without rows is refused.

Columns of words become a column of 0 and 1 for each word that a row has, test rows included; words of rows that
`missing: drop_rows` leaves out do not count. Columns of numbers that mean categories are listed under `categorical`. The
order of the words, and so of the columns, does not depend on the order of the rows:

- CSV, TSV, text of Parquet and of ARFF (`string`): by codepoint, or by value where all words are numbers;
- numbers under `categorical`, in every format: by value;
- ARFF (`{a, b}`): as declared, without what no row has. Parquet keeps no order of categories.

The column for missing values of `missing: category` is the last of its words, and a column without any value is an error.
Classes are ordered alike: whole numbers by value, words by codepoint, those that ARFF declares as declared. Class labels
are all whole numbers or all words. Numbers of 2^53 and more are refused as labels, and as categories of Parquet and NPY,
since 64-bit floats do not tell them apart.

A missing value (an empty cell, `?`, `NA`, `null`, NaN where `missing` is given, …) is an error unless `missing` says what
to do. The marks of `missing_values` are of features alone, and equal numbers however written: with `-1`, the cell `-1.0`
is missing, and a class `-1` is not. A row without a target is left out by `missing: drop_rows`, and an error otherwise.
In NPY and NPZ files NaN is a missing value, as an empty cell of CSV; IDX, LIBSVM and CIFAR-10 files have no missing
values. A word that ARFF declares, such as `None` or `NA`, is no missing value; `?` and the empty cell always are.
Infinities are errors everywhere, as are files of more than 2,097,152 columns.

An NPZ archive holds two arrays, `x` and `y` (or `X` and `y`, `data` and `target`, `images` and `labels`), with `x_test`
and `y_test` beside `x_train` and `y_train` for an official split, or any two of which `target` names the labels; with
`target`, other names and several arrays of labels do too. Columns of Parquet are numbers, truth values (0 and 1) and text,
which is always categories; dates and nested columns must be dropped, an index of pandas is left out, and of the
compressions all but brotli and LZO are read. In LIBSVM files a `qid:` and comments are passed over. ARFF may have sparse
rows, in which a nominal value that is left out is the first that is declared, and KEEL's ranges after a type; dates must be
converted before. NPY arrays are of whole numbers, truth values or floats of 16 to 64 bits, in any order of bytes and
dimensions, or of records of them, whose fields are the columns.

Columns go by their names: those of the file's header or fields, else `c1`, `c2`, … from the left (`x1`, `x2`, … in LIBSVM,
`pixel1`, … in images, whose target is `label`).

The options that a format uses; others are refused:

";

/// What is said of transforms.
const TRANSFORMS: &str = "## Transforms

`transforms:` is a list, applied in its order after the split and before `standardize` and `intercept`. Means, ranges and
components are those of the training rows; `one_hot` makes a column for every value that a row of the table has, in
whatever part and kept by `subsample` or not, so that all seeds have the same columns. What is drawn is drawn anew for
every seed of the benchmark, alike for all optimizers; with `seed`, it is the same for all seeds. Columns are named one by
one, not by number or pattern.

```yaml
transforms:
  - { kind: scale01, by: all }
  - { kind: random_invert, probability: 0.5 }
  - { kind: pca, components: 50 }
```

";

/// The page as Markdown.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## Options of every dataset\n\n");
    parameters(&mut page, common_parameters());
    page.push('\n');
    page.push_str(FILES);
    page.push_str("| format | options |\n|---|---|\n");
    for format in Format::ALL {
        let options: Vec<String> = format.takes().iter().map(|option| format!("`{option}`")).collect();
        let _ = writeln!(page, "| `{}` | {} |", format.name(), options.join(", "));
    }
    page.push_str("\n| option | meaning |\n|---|---|\n");
    for (name, text) in descriptions::<Options>(&FILE_OPTIONS) {
        let _ = writeln!(page, "| `{name}` | {text} |");
    }
    page.push('\n');
    page.push_str(TRANSFORMS);
    page.push_str("| kind | what it does | options |\n|---|---|---|\n");
    for kind in Kind::ALL {
        let options: Vec<String> = kind.takes().iter().map(|option| format!("`{option}`")).collect();
        let _ = writeln!(page, "| `{}` | {} | {} |", kind.name(), kind.summary(), options.join(", "));
    }
    page.push('\n');
    for (name, text) in descriptions::<Transform>(&[]) {
        let _ = writeln!(page, "- `{name}`: {text}");
    }
    for (title, wanted) in
        [("Embedded sets", Group::Embedded), ("Published sets", Group::Published), ("Synthetic sets", Group::Synthetic)]
    {
        let _ = write!(page, "\n## {title}\n");
        for info in registry().iter().map(|entry| entry.info()).filter(|info| Group::of(info) == wanted) {
            entry(&mut page, info);
        }
    }
    page
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Embedded,
    Published,
    Synthetic,
}

impl Group {
    fn of(info: &Info) -> Self {
        match (info.sources.is_empty(), info.n) {
            (false, _) => Self::Published,
            (true, Some(_)) => Self::Embedded,
            (true, None) => Self::Synthetic,
        }
    }
}

/// The options of a type with their descriptions: those of `names`, or all.
fn descriptions<T: schemars::JsonSchema>(names: &[&str]) -> Vec<(String, String)> {
    let schema = schemars::schema_for!(T).to_value();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    properties
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(&name.as_str()))
        .map(|(name, property)| (name.clone(), property["description"].as_str().unwrap_or_default().replace('\n', " ")))
        .collect()
}

fn parameters(page: &mut String, parameters: &[Parameter]) {
    page.push_str("| option | default | meaning |\n|---|---|---|\n");
    for parameter in parameters {
        let _ = writeln!(page, "| `{}` | {} | {} |", parameter.name, parameter.default, parameter.summary);
    }
}

fn entry(page: &mut String, info: &Info) {
    let _ = write!(page, "\n### {}\n\n{}\n\n", info.name, info.summary);
    let tasks: Vec<String> = info.tasks.iter().map(Task::to_string).collect();
    let count = |count: Option<usize>| count.map_or_else(|| "as set".to_owned(), |count| count.to_string());
    let classes = info.classes.map_or(String::new(), |classes| format!(", {classes} classes"));
    let _ = writeln!(page, "- {}; {} rows, {} features{classes}", tasks.join(" or "), count(info.n), count(info.d));
    let targets: Vec<String> = info.targets.iter().map(|target| format!("`{target}`")).collect();
    let _ = writeln!(page, "- target: {}", targets.join(", "));
    let _ = writeln!(page, "- licence: {}", info.licence);
    let _ = writeln!(page, "- source: {}", info.source);
    let _ = writeln!(page, "- cite: {}", info.citation);
    for source in info.sources {
        let _ = writeln!(page, "- file: {}", file(source));
    }
    if Group::of(info) == Group::Synthetic {
        page.push('\n');
        parameters(page, info.parameters);
    }
}

fn file(source: &Source) -> String {
    let bytes = source.bytes.map_or_else(|| "size not known".to_owned(), |bytes| format!("{bytes} bytes"));
    let sum = source.sha256.map_or_else(|| "no checksum known".to_owned(), |sum| format!("SHA-256 `{sum}`"));
    let also: Vec<String> = source.also.iter().map(|place| format!(" (or `{place}`)")).collect();
    let way = if source.is_fetchable() { "fetched" } else { "not fetched" };
    format!("`{}`{}, {bytes}, {sum}, {way}", source.path, also.concat())
}
