//! Matrix products of the sizes that Shift-GCN needs: tall times small, and tall transposed times tall.
//!
//! On processors with 512-bit vectors by a kernel of our own, elsewhere by the `gemm` crate. All `unsafe` of the
//! products and of the gather is in this file; its functions check every length before.

use gemm::Parallelism;

/// A left side: element (row, column) lies at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy, Debug)]
struct Left<'a> {
    values: &'a [f32],
    row_stride: usize,
    column_stride: usize,
}

/// Rows, columns and the length of the sums of a product.
#[derive(Clone, Copy, Debug)]
struct Size {
    rows: usize,
    columns: usize,
    depth: usize,
}

/// `out = left * right`, or `out += left * right`: left `[rows, depth]`, right `[depth, columns]`, all row-major.
///
/// # Panics
/// Never: a slice that is too short for the sizes is an empty product in release and an assertion in tests.
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
    if columns.is_multiple_of(16) && depth > 0 && super::simd::has_avx512() {
        // SAFETY: the instructions were just detected, and the slices hold the sizes (`fits`).
        #[expect(unsafe_code, reason = "calls code for an instruction set that was detected")]
        unsafe {
            wide::product(out, left, right, size, accumulate);
        }
        return;
    }
    // SAFETY: the pointers stay within the slices for these sizes and strides (`fits`); `out` is borrowed mutably,
    // so it overlaps neither side.
    #[expect(unsafe_code, reason = "the gemm crate takes pointers")]
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            1,
            columns as isize,
            accumulate,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.as_ptr(),
            1,
            columns as isize,
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
        if super::simd::has_avx512() {
            // SAFETY: the instructions were just detected; both slices are as long as the table, and every index in
            // it is below that length.
            #[expect(unsafe_code, reason = "calls code for an instruction set that was detected")]
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

/// The kernels for 512-bit vectors.
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector loads and stores take pointers; every function states what its caller has checked"
)]
mod wide {
    use std::arch::x86_64::{
        __m512, _mm512_fmadd_ps, _mm512_i32gather_ps, _mm512_loadu_ps, _mm512_loadu_si512,
        _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
    };

    use super::{Left, Size};

    /// Values in a vector.
    const LANES: usize = 16;
    /// Rows of a tile: with two vectors of columns 24 sums stay in registers.
    const TILE_ROWS: usize = 12;
    /// Depth of a block: a panel of 32 columns then fills two thirds of the first-level cache.
    const BLOCK_DEPTH: usize = 256;
    /// Rows that pass all panels before the next rows are taken.
    const BLOCK_ROWS: usize = 96;

    /// One tile's place in the product.
    #[derive(Clone, Copy)]
    struct Tile {
        left: *const f32,
        row_stride: usize,
        column_stride: usize,
        depth: usize,
        panel: *const f32,
        out: *mut f32,
        out_stride: usize,
        accumulate: bool,
    }

    /// # Safety
    /// AVX-512 F is there; `out`, `left` and `right` hold what `size` says; columns are a multiple of 16.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn product(
        out: &mut [f32],
        left: Left<'_>,
        right: &[f32],
        size: Size,
        accumulate: bool,
    ) {
        let mut packed = Vec::with_capacity(BLOCK_DEPTH.min(size.depth) * size.columns);
        for start in (0..size.depth).step_by(BLOCK_DEPTH) {
            let depth = BLOCK_DEPTH.min(size.depth - start);
            pack(&mut packed, right, start, depth, size.columns);
            for row in (0..size.rows).step_by(BLOCK_ROWS) {
                let rows = BLOCK_ROWS.min(size.rows - row);
                let mut column = 0;
                while column < size.columns {
                    let width = panel_width(column, size.columns);
                    let offset = row * left.row_stride + start * left.column_stride;
                    let tile = Tile {
                        left: left.values[offset..].as_ptr(),
                        row_stride: left.row_stride,
                        column_stride: left.column_stride,
                        depth,
                        panel: packed[column * depth..].as_ptr(),
                        out: out[row * size.columns + column..].as_mut_ptr(),
                        out_stride: size.columns,
                        accumulate: accumulate || start > 0,
                    };
                    // SAFETY: the panel lies within the packed block, the rows within `left` and `out`.
                    unsafe {
                        if width == 2 * LANES {
                            panel::<2>(tile, rows);
                        } else {
                            panel::<1>(tile, rows);
                        }
                    }
                    column += width;
                }
            }
        }
    }

    /// Columns of the panel that begins at `column`.
    fn panel_width(column: usize, columns: usize) -> usize {
        if column + 2 * LANES <= columns {
            2 * LANES
        } else {
            LANES
        }
    }

    /// Copies a block of the right side panel by panel, so that a tile reads it in order.
    fn pack(packed: &mut Vec<f32>, right: &[f32], start: usize, depth: usize, columns: usize) {
        packed.clear();
        let mut column = 0;
        while column < columns {
            let width = panel_width(column, columns);
            for line in right[start * columns..(start + depth) * columns].chunks_exact(columns) {
                packed.extend_from_slice(&line[column..column + width]);
            }
            column += width;
        }
    }

    /// # Safety
    /// AVX-512 F is there; `rows` rows of `W` vectors are within what the tile points at.
    #[target_feature(enable = "avx512f")]
    unsafe fn panel<const W: usize>(mut tile: Tile, rows: usize) {
        let mut left = rows;
        while left >= TILE_ROWS {
            // SAFETY: as this function's.
            unsafe {
                sum::<TILE_ROWS, W>(tile);
                tile.left = tile.left.add(TILE_ROWS * tile.row_stride);
            }
            // SAFETY: as this function's; at most one past the end.
            tile.out = unsafe { tile.out.add(TILE_ROWS * tile.out_stride) };
            left -= TILE_ROWS;
        }
        macro_rules! rest {
            ($($rows:literal)*) => {
                match left {
                    // SAFETY: as this function's.
                    $($rows => unsafe { sum::<$rows, W>(tile) },)*
                    _ => {}
                }
            };
        }
        rest!(1 2 3 4 5 6 7 8 9 10 11);
    }

    /// # Safety
    /// AVX-512 F is there; `R` rows of `W` vectors are within what the tile points at.
    #[target_feature(enable = "avx512f")]
    unsafe fn sum<const R: usize, const W: usize>(tile: Tile) {
        let mut sums = [[_mm512_setzero_ps(); W]; R];
        if tile.accumulate {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (column, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the tile lies within `out`.
                    *sum = unsafe {
                        _mm512_loadu_ps(tile.out.add(row * tile.out_stride + column * LANES))
                    };
                }
            }
        }
        let (mut left, mut panel) = (tile.left, tile.panel);
        for _ in 0..tile.depth {
            let mut right = [_mm512_setzero_ps(); W];
            for (column, right) in right.iter_mut().enumerate() {
                // SAFETY: the panel holds `depth` lines of `W` vectors.
                *right = unsafe { _mm512_loadu_ps(panel.add(column * LANES)) };
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the row lies within `left`.
                let value: __m512 = unsafe { _mm512_set1_ps(*left.add(row * tile.row_stride)) };
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = _mm512_fmadd_ps(value, right, *sum);
                }
            }
            left = left.wrapping_add(tile.column_stride);
            panel = panel.wrapping_add(W * LANES);
        }
        for (row, sums) in sums.iter().enumerate() {
            for (column, sum) in sums.iter().enumerate() {
                // SAFETY: the tile lies within `out`.
                unsafe {
                    _mm512_storeu_ps(
                        tile.out.add(row * tile.out_stride + column * LANES),
                        *sum,
                    );
                }
            }
        }
    }

    /// # Safety
    /// AVX-512 F is there; the three slices are of one length, and every index is below it.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn gather(out: &mut [f32], values: &[f32], table: &[u32]) {
        let (lines, rest) = out.as_chunks_mut::<LANES>();
        let (indices, last) = table.as_chunks::<LANES>();
        for (out, indices) in lines.iter_mut().zip(indices) {
            // SAFETY: both are 16 values long, and the indices stay within `values`.
            unsafe {
                let indices = _mm512_loadu_si512(indices.as_ptr().cast());
                let found = _mm512_i32gather_ps::<4>(indices, values.as_ptr());
                _mm512_storeu_ps(out.as_mut_ptr(), found);
            }
        }
        for (out, &index) in rest.iter_mut().zip(last) {
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
