//! The hash that pins the binary layout: sizes, alignments and offsets of every struct of the ABI.
//!
//! If the assertion below fails, a field has moved. Within a major version fields are only appended: raise
//! `HARNESS_ABI_MINOR` and put the new hash, which `cargo test -p harness-plugin-api layout` prints, in
//! `HARNESS_ABI_LAYOUT`.

use std::mem::{align_of, offset_of, size_of};

use crate::abi::{
    HarnessBatch, HarnessBlock, HarnessConfig, HarnessData, HarnessEm, HarnessEntry, HarnessHessian, HarnessHost,
    HarnessMirror, HarnessModel, HarnessOptimizer, HarnessParamSpec, HarnessPrepare, HarnessProblem, HarnessState,
    HarnessStatistics, HarnessStep, HarnessStr, HarnessValue,
};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the plugin ABI is defined for 64-bit targets");

/// Where a struct of the ABI keeps its fields.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name, the same in Rust and C.
    pub name: &'static str,
    /// Bytes.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Names of the fields and their distances from the start, in bytes.
    pub fields: &'static [(&'static str, usize)],
}

macro_rules! table {
    ($type:ident { $($field:ident),+ }) => {
        Table {
            name: stringify!($type),
            size: size_of::<$type>(),
            align: align_of::<$type>(),
            fields: &[$((stringify!($field), offset_of!($type, $field))),+],
        }
    };
}

/// Every struct that crosses the boundary.
pub const TABLES: &[Table] = &[
    table!(HarnessStr { ptr, len }),
    table!(HarnessEntry { magic, abi_major, abi_minor, layout, struct_size, optimizers, n_optimizers }),
    table!(HarnessOptimizer {
        struct_size,
        name,
        version,
        summary,
        doc,
        flags,
        required,
        n_required,
        params,
        n_params,
        create,
        step,
        destroy,
        get_extension
    }),
    table!(HarnessParamSpec {
        struct_size,
        name,
        doc,
        kind,
        scale,
        flags,
        default_number,
        default_text,
        min,
        max,
        search_min,
        search_max,
        choices,
        n_choices
    }),
    table!(HarnessValue { struct_size, kind, is_set, number, integer, text }),
    table!(HarnessConfig { struct_size, values, n_values, seed }),
    table!(HarnessHost { struct_size, ctx, set_error, log, cancelled, get_extension }),
    table!(HarnessBlock { struct_size, name, kind, offset, rows, cols }),
    table!(HarnessProblem { struct_size, ctx, dim, n_rows, blocks, n_blocks, value, value_gradient, get_extension }),
    table!(HarnessModel { struct_size, family, n_experts, n_classes, n_features, ridge, sigma }),
    table!(HarnessBatch { struct_size, next, value_gradient }),
    table!(HarnessEm { struct_size, n_components, e_step, m_step, surrogate, responsibilities }),
    table!(HarnessMirror { struct_size, step }),
    table!(HarnessData { struct_size, x, n_rows, n_features, row_stride, col_stride, target, labels, has_intercept }),
    table!(HarnessStep { struct_size, flow }),
    table!(HarnessPrepare { struct_size, prepare }),
    table!(HarnessState { struct_size, save, restore }),
    table!(HarnessHessian { struct_size, product }),
    table!(HarnessStatistics { struct_size, blend }),
];

/// One step of FNV-1a over the bytes of a number.
const fn mix(mut hash: u64, number: usize) -> u64 {
    let bytes = (number as u64).to_le_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

/// The hash of all sizes, alignments and offsets; the top bit is cleared so that C reads it as any integer.
const fn layout() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut i = 0;
    while i < TABLES.len() {
        hash = mix(hash, TABLES[i].size);
        hash = mix(hash, TABLES[i].align);
        let mut j = 0;
        while j < TABLES[i].fields.len() {
            hash = mix(hash, TABLES[i].fields[j].1);
            j += 1;
        }
        i += 1;
    }
    hash & (u64::MAX >> 1)
}

// The test below says what the new hash is, so it must compile when this fails.
#[cfg(not(test))]
const _: () = assert!(layout() == crate::abi::HARNESS_ABI_LAYOUT, "a field of the plugin ABI has moved: see layout.rs");

#[cfg(test)]
mod tests {
    use super::{layout, mix};
    use crate::abi::HARNESS_ABI_LAYOUT;

    #[test]
    fn layout_is_the_published_one() {
        assert_eq!(format!("{:#018x}", layout()), format!("{HARNESS_ABI_LAYOUT:#018x}"));
    }

    #[test]
    fn every_number_counts() {
        assert_ne!(mix(1, 8), mix(1, 16));
        assert_ne!(mix(mix(1, 8), 16), mix(mix(1, 16), 8));
    }
}
