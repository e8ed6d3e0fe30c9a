//! `transforms:` of a dataset: changes to its columns and rows, applied in the order in which they are listed, after the
//! split and before `standardize` and `intercept`.
//!
//! Whatever is measured (means, ranges, components) is measured on the training rows alone. Whatever is drawn has a
//! stream of its own, so that one transform more or less changes no other.

mod columns;
mod expand;
mod frame;
mod options;
mod pca;
mod rows;
mod scale;

pub(crate) use self::frame::Frame;
pub use self::options::{By, Kind, Transform};
use crate::draw::Draw;
use crate::error::DataError;

/// Applies the transforms that the reader of the file has not applied already.
pub(crate) fn apply(
    frame: &mut Frame,
    transforms: &[Transform],
    applied: usize,
    draw: &Draw<'_>,
) -> Result<(), DataError> {
    for (place, transform) in transforms.iter().enumerate().skip(applied) {
        let mut rng = draw.transform(place, transform);
        match transform.kind {
            Kind::Drop => columns::choose(frame, transform, false)?,
            Kind::Select => columns::choose(frame, transform, true)?,
            Kind::OneHot => columns::one_hot(frame, transform)?,
            Kind::Standardize => scale::standardize(frame, transform)?,
            Kind::Scale01 => scale::scale01(frame, transform)?,
            Kind::RandomInvert => rows::random_invert(frame, transform, &mut rng),
            Kind::Subsample => rows::subsample(frame, transform, &mut rng)?,
            Kind::LabelNoise => rows::label_noise(frame, transform, &mut rng)?,
            Kind::Polynomial => expand::polynomial(frame, transform)?,
            Kind::RandomFourier => expand::random_fourier(frame, transform, &mut rng)?,
            Kind::Pca => pca::pca(frame, transform)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
