//! Data files of every format through a benchmark: planned as they are, refused where they are no files.

use std::path::Path;

use crate::support::{Run, Scratch};

/// A file of the readers' corpus: its first byte is an option of the fuzz target.
pub(crate) fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/fuzz/corpus");
    std::fs::read(folder.join(name)).unwrap()[1..].to_vec()
}

/// An IDX file of bytes.
pub(crate) fn idx(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, u8::try_from(sizes.len()).unwrap()];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// Plans a benchmark on one dataset: its file is opened and read.
fn plan(scratch: &Scratch, dataset: &str, model: &str) -> Run {
    let yaml = format!(
        "name: t\nseeds: 1\nproblems:\n  - name: p\n    dataset: {{ {dataset} }}\n    model: {{ {model} }}\n\
         optimizers: [em]\n"
    );
    scratch.write("b.yaml", yaml);
    scratch.harness(&["bench", "b.yaml", "--dry-run"])
}

#[test]
fn every_format() {
    const REAL: &str = "family: linear";
    const CLASSES: &str = "family: logistic, experts: 2";
    let scratch = Scratch::new();
    scratch.write("a.csv", "a,y\r\n1,2\r\n3,4\r\n2,2\r\n");
    scratch.write("a.tsv", "a\ty\n1\tu\n3\tv\n2\tu\n");
    scratch.write("a.svm", "1 1:0.5 3:2\n-1 2:1\n1 1:1\n");
    scratch.write("a.arff", "@relation r\n@attribute a {u, v}\n@attribute y real\n@data\nu, 1\nv, 2\nu, 3\n");
    scratch.write("a-images-idx3-ubyte", idx(&[3, 2, 1], &[0, 9, 8, 1, 7, 2]));
    scratch.write("a-labels-idx1-ubyte", idx(&[3], &[0, 1, 1]));
    // Three records of a label and as many equal pixels.
    scratch.write("a.bin", [0_u8, 1, 2].map(|label| [vec![label], vec![80 * label + 7; 3072]].concat()).concat());
    scratch.write("a.npz", corpus("npz/stored"));
    scratch.write("a.parquet", corpus("parquet/groups"));
    for (dataset, model) in [
        ("file: a.csv, target: y", REAL),
        ("file: a.tsv, target: y", CLASSES),
        ("file: a.svm", CLASSES),
        ("file: a.arff, target: y", REAL),
        ("file: a-images-idx3-ubyte", CLASSES),
        ("file: a.bin", CLASSES),
        ("file: a.npz", CLASSES),
        ("file: a.parquet, target: last, missing: mean", REAL),
    ] {
        let run = plan(&scratch, dataset, model);
        assert_eq!(run.code, 0, "{dataset}: {}", run.stderr);
    }
}

#[test]
fn an_option_that_does_not_fit_the_data_is_shown_in_its_line() {
    let scratch = Scratch::new();
    scratch.write("a.csv", "price,size,y\n1,2,0\n3,4,1\n2,2,0\n");
    scratch.write("a.dat", "1 1:0.5 3:2\n-1 2:1\n1 1:1\n");
    scratch.write("a.svm", "1 1:0.5 3:2\n-1 2:1\n1 1:1\n");
    let columns = "the columns are `price`, `size`, `y`";
    let lines = [
        ("file: a.csv, target: sice", "b.yaml:5:37", "no column `sice`", format!("did you mean `size`? {columns}")),
        ("file: a.csv", "b.yaml:5:22", "no `target` given", "set `target` to one of the columns".to_owned()),
        (
            "file: a.csv, target: y, transforms: [{ kind: drop, columns: ['2'] }]",
            "b.yaml:5:40",
            "has no column `2`",
            format!("column 2 is `size`; {columns}"),
        ),
        // One is known by its name, the other by its content.
        ("file: a.svm, delimiter: ';'", "b.yaml:5:29", "does not take `delimiter`", "it takes `format`".to_owned()),
        ("file: a.dat, delimiter: ';'", "b.yaml:5:29", "does not take `delimiter`", "it takes `format`".to_owned()),
    ];
    for (dataset, place, message, help) in lines {
        let run = plan(&scratch, dataset, "family: logistic, experts: 2");
        assert_eq!(run.code, 2, "{dataset}");
        assert!([place, message, &help].iter().all(|part| run.stderr.contains(part)), "{dataset}: {}", run.stderr);
    }
    scratch.write(
        "b.yaml",
        "name: t\nseeds: 1\nproblems:\n  - name: p\n    dataset: { file: a.csv }\n    model: { family: linear }\n\
         \x20   sweep:\n      dataset.target: [y, nope]\noptimizers: [em]\n",
    );
    let run = scratch.harness(&["bench", "b.yaml", "--dry-run"]);
    assert!(run.stderr.contains("b.yaml:8:27") && run.stderr.contains("no column `nope`"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let scratch = Scratch::new();
    let fifo = std::ffi::CString::new(scratch.path("pipe.csv").to_str().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    std::fs::create_dir(scratch.path("folder.csv")).unwrap();
    std::os::unix::fs::symlink("nowhere", scratch.path("link.csv")).unwrap();
    for (file, message) in [
        ("pipe.csv", "`pipe.csv` is a pipe or a device, expected a file"),
        ("/dev/zero", "`/dev/zero` is a pipe or a device, expected a file"),
        ("folder.csv", "`folder.csv` is a folder, expected a file"),
        ("link.csv", "no such file: `link.csv`"),
        ("../none.csv", "no such file: `../none.csv`"),
    ] {
        let run = plan(&scratch, &format!("file: {file}, target: y"), "family: linear");
        assert_eq!(run.code, 2, "{file}");
        assert!(run.stderr.contains(message), "{file}: {}", run.stderr);
    }
}
