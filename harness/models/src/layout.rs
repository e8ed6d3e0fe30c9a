//! Where each parameter lies in theta.
//!
//! The gate comes first, column by column, then expert by expert, column by column, then the logs
//! of the estimated standard deviations. The last gate column and the last class column are fixed
//! to 0 and are not parameters.

use crate::options::Noise;

/// The blocks of theta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Length of theta.
    pub dim: usize,
    /// The blocks in order; they tile `0..dim`.
    pub blocks: Vec<Block>,
    /// Columns of all logits together, gate and experts: one pass multiplies the data by so many.
    pub logit_columns: usize,
}

/// A matrix of parameters, stored column by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `gate`, `expert_0`.. (`expert` for the symmetric families), `noise`.
    pub name: String,
    /// What the block parametrizes.
    pub kind: BlockKind,
    /// Where it starts in theta.
    pub offset: usize,
    /// Rows: features, or 1 for the noise.
    pub rows: usize,
    /// Columns: logits of the block, or standard deviations.
    pub cols: usize,
}

/// What a block parametrizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// The softmax over experts.
    Gate,
    /// One expert.
    Expert,
    /// Logs of standard deviations.
    Noise,
}

impl Block {
    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the block holds no parameters; never so in a layout.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its place in theta.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// Columns of the gate and of each expert, from which a layout follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) d: usize,
    pub(crate) gate_columns: usize,
    pub(crate) expert_blocks: usize,
    pub(crate) expert_columns: usize,
    pub(crate) noise: usize,
}

impl Shape {
    pub(crate) fn layout(self, symmetric: bool) -> Layout {
        let mut blocks = Vec::with_capacity(self.expert_blocks + 2);
        let mut offset = 0;
        let mut push = |name: String, kind, rows, cols| {
            blocks.push(Block { name, kind, offset, rows, cols });
            offset += rows * cols;
        };
        push("gate".to_owned(), BlockKind::Gate, self.d, self.gate_columns);
        for expert in 0..self.expert_blocks {
            let name = if symmetric { "expert".to_owned() } else { format!("expert_{expert}") };
            push(name, BlockKind::Expert, self.d, self.expert_columns);
        }
        if self.noise > 0 {
            push("noise".to_owned(), BlockKind::Noise, 1, self.noise);
        }
        Layout { dim: offset, blocks, logit_columns: self.columns() }
    }

    /// Columns of all logits.
    pub(crate) fn columns(self) -> usize {
        self.gate_columns + self.expert_blocks * self.expert_columns
    }

    /// Where the noise starts in theta: behind all logit columns.
    pub(crate) fn noise_offset(self) -> usize {
        self.d * self.columns()
    }

    /// Place of an expert in theta.
    pub(crate) fn expert(self, expert: usize) -> std::ops::Range<usize> {
        let first = self.d * (self.gate_columns + expert * self.expert_columns);
        first..first + self.d * self.expert_columns
    }

    /// Place of the gate in theta.
    pub(crate) fn gate(self) -> std::ops::Range<usize> {
        0..self.d * self.gate_columns
    }
}

/// Number of standard deviations in theta.
pub(crate) fn noise_parameters(noise: Noise, experts: usize) -> usize {
    match noise {
        Noise::Fixed => 0,
        Noise::Shared => 1,
        Noise::PerExpert => experts,
    }
}
