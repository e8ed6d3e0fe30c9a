//! The hash that pins the binary layout: sizes, alignments and offsets of every struct of the ABI.
//!
//! If the assertion below fails, a field has moved. Within a major version fields are only appended: raise
//! `HARNESS_ABI_MINOR`, put the new hash in `HARNESS_ABI_LAYOUT` and the old one in the host's list of known layouts.

use std::mem::{align_of, offset_of, size_of};

use crate::abi::{
    HARNESS_ABI_LAYOUT, HarnessBatch, HarnessBlock, HarnessConfig, HarnessData, HarnessEm, HarnessEntry, HarnessHost,
    HarnessMirror, HarnessModel, HarnessOptimizer, HarnessParamSpec, HarnessProblem, HarnessStep, HarnessStr,
    HarnessValue,
};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the plugin ABI is defined for 64-bit targets");

/// One step of FNV-1a over the bytes of a number; the top bit is cleared at the end so that C reads it as any integer.
const fn mix(mut hash: u64, number: usize) -> u64 {
    let bytes = (number as u64).to_le_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    hash
}

macro_rules! mix_struct {
    ($hash:ident, $type:ident { $($field:ident),+ }) => {
        $hash = mix($hash, size_of::<$type>());
        $hash = mix($hash, align_of::<$type>());
        $($hash = mix($hash, offset_of!($type, $field));)+
    };
}

const fn layout() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    mix_struct!(hash, HarnessStr { ptr, len });
    mix_struct!(hash, HarnessEntry { magic, abi_major, abi_minor, layout, struct_size, optimizers, n_optimizers });
    mix_struct!(
        hash,
        HarnessOptimizer {
            struct_size,
            name,
            version,
            summary,
            doc,
            flags,
            requires,
            n_requires,
            params,
            n_params,
            create,
            step,
            destroy,
            get_extension
        }
    );
    mix_struct!(
        hash,
        HarnessParamSpec {
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
        }
    );
    mix_struct!(hash, HarnessValue { struct_size, kind, is_set, number, integer, text });
    mix_struct!(hash, HarnessConfig { struct_size, values, n_values, seed });
    mix_struct!(hash, HarnessHost { struct_size, ctx, set_error, log, cancelled, get_extension });
    mix_struct!(hash, HarnessBlock { struct_size, name, kind, offset, rows, cols });
    mix_struct!(
        hash,
        HarnessProblem { struct_size, ctx, dim, n_rows, blocks, n_blocks, value, value_gradient, get_extension }
    );
    mix_struct!(hash, HarnessModel { struct_size, family, n_experts, n_classes, n_features, ridge, sigma });
    mix_struct!(hash, HarnessBatch { struct_size, next, value_gradient });
    mix_struct!(hash, HarnessEm { struct_size, n_components, e_step, m_step, surrogate, responsibilities });
    mix_struct!(hash, HarnessMirror { struct_size, step });
    mix_struct!(
        hash,
        HarnessData { struct_size, x, n_rows, n_features, row_stride, col_stride, target, labels, has_intercept }
    );
    mix_struct!(hash, HarnessStep { struct_size, flow });
    hash & (u64::MAX >> 1)
}

const _: () = assert!(layout() == HARNESS_ABI_LAYOUT, "a field of the plugin ABI has moved: see layout.rs");

#[cfg(test)]
mod tests {
    use super::{layout, mix};
    use crate::abi::HARNESS_ABI_LAYOUT;

    #[test]
    fn layout_is_the_published_one() {
        assert_eq!(layout(), HARNESS_ABI_LAYOUT);
    }

    #[test]
    fn every_number_counts() {
        assert_ne!(mix(1, 8), mix(1, 16));
        assert_ne!(mix(mix(1, 8), 16), mix(mix(1, 16), 8));
    }
}
