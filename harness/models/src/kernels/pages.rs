//! Large pages for the design matrix: passes read it from end to end, and looking up the places of small pages costs
//! up to an eighth of their time.

/// Numbers below this many bytes stay where they are.
#[cfg(target_os = "linux")]
const WORTH_IT: usize = 4 << 20;
/// `MADV_COLLAPSE` of Linux 6.1, which libc does not name for every C library.
#[cfg(target_os = "linux")]
const COLLAPSE: libc::c_int = 25;

/// Asks the system to move numbers to large pages, now. Where it does not, they are read all the same.
#[cfg(target_os = "linux")]
pub(crate) fn enlarge<T>(numbers: &[T]) {
    let len = size_of_val(numbers);
    if len < WORTH_IT {
        return;
    }
    let first = numbers.as_ptr().cast::<u8>();
    let page = first.map_addr(|address| address / SMALLEST_PAGE * SMALLEST_PAGE);
    let len = len + first.addr() - page.addr();
    // SAFETY: the pages that hold the numbers, which stay mapped with what is in them.
    unsafe { libc::madvise(page.cast_mut().cast(), len, COLLAPSE) };
}

/// Where the system's pages are larger, the advice is refused unless the numbers begin with one.
#[cfg(target_os = "linux")]
const SMALLEST_PAGE: usize = 4096;

/// Other systems choose their pages themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn enlarge<T>(_numbers: &[T]) {}

#[cfg(test)]
mod tests {
    use super::enlarge;

    #[test]
    fn numbers_stay_what_they_are() {
        let numbers: Vec<f64> = (0..2_000_000).map(f64::from).collect();
        enlarge(&numbers[3..]);
        enlarge(&numbers[..5]);
        assert!(numbers.iter().enumerate().all(|(i, number)| number.to_bits() == (i as f64).to_bits()));
    }
}
