//! The assignment problem: one column per row at the least total cost.

/// `assigned[row]` is the column of each row of a square cost matrix, row-major, with the least
/// total (Hungarian method with potentials, cubic time).
pub(crate) fn assign(cost: &[f64], k: usize) -> Vec<usize> {
    // Rows and columns count from 1; 0 stands for none.
    let mut row_potential = vec![0.0; k + 1];
    let mut column_potential = vec![0.0; k + 1];
    let mut row_of = vec![0; k + 1];
    let mut came_from = vec![0; k + 1];
    for new_row in 1..=k {
        row_of[0] = new_row;
        let mut column = 0;
        let mut slack = vec![f64::INFINITY; k + 1];
        let mut is_visited = vec![false; k + 1];
        // A shortest augmenting path from the new row to a free column.
        while row_of[column] != 0 {
            is_visited[column] = true;
            let row = row_of[column];
            let (mut least, mut nearest) = (f64::INFINITY, 0);
            for other in (1..=k).filter(|other| !is_visited[*other]) {
                let reduced = cost[(row - 1) * k + other - 1] - row_potential[row] - column_potential[other];
                if reduced < slack[other] {
                    slack[other] = reduced;
                    came_from[other] = column;
                }
                if slack[other] < least || nearest == 0 {
                    least = slack[other];
                    nearest = other;
                }
            }
            for other in 0..=k {
                if is_visited[other] {
                    row_potential[row_of[other]] += least;
                    column_potential[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = nearest;
        }
        while column != 0 {
            let previous = came_from[column];
            row_of[column] = row_of[previous];
            column = previous;
        }
    }
    let mut assigned = vec![0; k];
    for column in 1..=k {
        assigned[row_of[column] - 1] = column - 1;
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    fn total(cost: &[f64], assigned: &[usize]) -> f64 {
        assigned.iter().enumerate().map(|(row, column)| cost[row * assigned.len() + column]).sum()
    }

    fn least_by_search(cost: &[f64], k: usize, row: usize, taken: &mut Vec<usize>) -> f64 {
        if row == k {
            return total(cost, taken);
        }
        let mut least = f64::INFINITY;
        for column in 0..k {
            if taken.contains(&column) {
                continue;
            }
            taken.push(column);
            least = least.min(least_by_search(cost, k, row + 1, taken));
            taken.pop();
        }
        least
    }

    #[test]
    fn equals_exhaustive_search() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(7);
        for k in 1..=6 {
            for _ in 0..40 {
                // Small integers, so that ties are common.
                let cost: Vec<f64> = (0..k * k).map(|_| f64::from(rng.random_range(-3..6_i32))).collect();
                let assigned = assign(&cost, k);
                let mut sorted = assigned.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..k).collect::<Vec<_>>());
                let least = least_by_search(&cost, k, 0, &mut Vec::new());
                assert!((total(&cost, &assigned) - least).abs() < 1e-12, "{cost:?}");
            }
        }
    }
}
