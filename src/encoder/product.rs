//! Matrix products of the sizes that Shift-GCN needs: tall times small, and tall transposed times tall.
//!
//! On processors with 512-bit vectors by a kernel of our own, elsewhere by the `gemm` crate. Every length is checked here
//! before a pointer is made of it.

use gemm::Parallelism;

#[cfg(target_arch = "x86_64")]
use crate::encoder::simd;
#[cfg(target_arch = "x86_64")]
use crate::encoder::wide;

/// A left side: element (row, column) lies at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

/// Rows, columns and the length of the sums of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) depth: usize,
}

/// `out = left * right`, or `out += left * right`: left `[rows, depth]`, right `[depth, columns]`, all row-major.
///
/// Slices that are too short for the sizes leave `out` as it is, and fail an assertion in debug builds.
pub(crate) fn multiply(
    out: &mut [f32],
    left: &[f32],
    right: &[f32],
    [rows, depth, columns]: [usize; 3],
    accumulate: bool,
) {
    let left = Left {
        values: left,
        row_stride: depth,
        column_stride: 1,
    };
    let size = Size {
        rows,
        columns,
        depth,
    };
    run(out, left, right, size, accumulate);
}

/// `out = left^T * right`, or `+=`: left `[depth, rows]`, right `[depth, columns]`, both row-major.
pub(crate) fn multiply_transposed(
    out: &mut [f32],
    left: &[f32],
    right: &[f32],
    [rows, depth, columns]: [usize; 3],
    accumulate: bool,
) {
    let left = Left {
        values: left,
        row_stride: 1,
        column_stride: rows,
    };
    let size = Size {
        rows,
        columns,
        depth,
    };
    run(out, left, right, size, accumulate);
}

/// Row-major `[rows, columns]` to row-major `[columns, rows]`.
pub(crate) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows * columns];
    for (row, line) in values.chunks_exact(columns.max(1)).enumerate().take(rows) {
        for (column, value) in line.iter().enumerate() {
            out[column * rows + row] = *value;
        }
    }
    out
}

fn run(out: &mut [f32], left: Left<'_>, right: &[f32], size: Size, accumulate: bool) {
    let Size {
        rows,
        columns,
        depth,
    } = size;
    let fits = out.len() >= rows * columns
        && left.values.len() >= rows * depth
        && right.len() >= depth * columns;
    debug_assert!(fits, "a product's slices are too short for {size:?}");
    if !fits || rows == 0 || columns == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if columns.is_multiple_of(16) && depth > 0 && simd::has_avx512() {
        #[expect(
            unsafe_code,
            reason = "calls code for an instruction set that was detected"
        )]
        // SAFETY: the instructions were just detected, and the slices hold the sizes (`fits`).
        unsafe {
            wide::product(out, left, right, size, accumulate);
        }
        return;
    }
    #[expect(unsafe_code, reason = "the gemm crate takes pointers")]
    // SAFETY: the pointers stay within the slices for these sizes and strides (`fits`); `out` is borrowed mutably,
    // so it overlaps neither side.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            1,
            columns.cast_signed(),
            accumulate,
            left.values.as_ptr(),
            left.column_stride.cast_signed(),
            left.row_stride.cast_signed(),
            right.as_ptr(),
            1,
            columns.cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// A permutation of a frame's `[joint][channel]` values, applied by reading: `out[i] = values[table[i]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FramePermutation {
    table: Vec<u32>,
}

impl FramePermutation {
    /// Indices outside the table's own length are taken modulo it, so that every table is safe to read with.
    pub(crate) fn new(table: impl IntoIterator<Item = usize>) -> Self {
        let table: Vec<usize> = table.into_iter().collect();
        let length = table.len().max(1);
        Self {
            table: table.iter().map(|index| (index % length) as u32).collect(),
        }
    }

    /// Values per frame.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Where each value is read from.
    pub(crate) fn table(&self) -> &[u32] {
        &self.table
    }

    /// The permutation that undoes this one.
    pub(crate) fn inverse(&self) -> Self {
        let mut table = vec![0; self.table.len()];
        for (to, &from) in self.table.iter().enumerate() {
            table[from as usize] = to as u32;
        }
        Self { table }
    }

    /// Permutes one frame; both slices hold exactly one.
    pub(crate) fn apply(&self, out: &mut [f32], values: &[f32]) {
        let length = self.table.len();
        let (Some(out), Some(values)) = (out.get_mut(..length), values.get(..length)) else {
            debug_assert!(false, "a frame is shorter than its permutation");
            return;
        };
        #[cfg(target_arch = "x86_64")]
        if simd::has_avx512() {
            #[expect(
                unsafe_code,
                reason = "calls code for an instruction set that was detected"
            )]
            // SAFETY: the instructions were just detected; both slices are as long as the table, and every index in
            // it is below that length.
            unsafe {
                wide::gather(out, values, &self.table);
            }
            return;
        }
        for (out, &index) in out.iter_mut().zip(&self.table) {
            *out = values[index as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, step: usize) -> Vec<f32> {
        let value = |i: usize| ((i * step) % 17) as f32 / 4.0 - 2.0;
        (0..count).map(value).collect()
    }

    fn plain(left: impl Fn(usize, usize) -> f32, right: &[f32], size: [usize; 3]) -> Vec<f32> {
        let [rows, depth, columns] = size;
        let at = |row, column| {
            (0..depth)
                .map(|i| left(row, i) * right[i * columns + column])
                .sum()
        };
        (0..rows * columns)
            .map(|i| at(i / columns, i % columns))
            .collect()
    }

    #[test]
    fn products_of_every_tile_size_are_the_plain_sums() {
        for rows in [1, 3, 11, 12, 13, 25, 97, 110] {
            for (depth, columns) in [(3, 32), (5, 16), (40, 48), (300, 64), (7, 5)] {
                let size = [rows, depth, columns];
                let (left, right) = (numbers(rows * depth, 5), numbers(depth * columns, 3));
                let mut out = vec![0.5; rows * columns];
                multiply(&mut out, &left, &right, size, false);
                let expected = plain(|r, i| left[r * depth + i], &right, size);
                assert_eq!(out, expected, "{size:?}");
                multiply_transposed(&mut out, &left, &right, size, true);
                let more = plain(|r, i| left[i * rows + r], &right, size);
                let both: Vec<f32> = expected.iter().zip(more).map(|(a, b)| a + b).collect();
                assert_eq!(out, both, "{size:?} transposed, added");
            }
        }
    }

    #[test]
    fn a_permutation_and_its_inverse_give_the_frame_back() {
        let permutation = FramePermutation::new((0..75).map(|i| (i * 7) % 75));
        let frame = numbers(75, 1);
        let (mut there, mut back) = (vec![0.0; 75], vec![0.0; 75]);
        permutation.apply(&mut there, &frame);
        assert_eq!(there[1], frame[7]);
        permutation.inverse().apply(&mut back, &there);
        assert_eq!(back, frame);
    }
}
