//! The kernels of products and of the gather for 512-bit vectors.

#![cfg(target_arch = "x86_64")]
#![expect(
    unsafe_code,
    clippy::multiple_unsafe_ops_per_block,
    reason = "vector loads and stores take pointers; every function states what its caller has checked"
)]

use std::arch::x86_64::{
    __m512, _mm512_fmadd_ps, _mm512_i32gather_ps, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use crate::encoder::product::{Left, Size};

/// Values in a vector.
const LANES: usize = 16;
/// Rows of a tile: with two vectors of columns 24 sums stay in registers.
const TILE_ROWS: usize = 12;
/// Depth of a block: a panel of 32 columns then fills two thirds of the first-level cache.
const BLOCK_DEPTH: usize = 256;
/// Columns up to which the right side is read where it lies: as one panel it is in order already.
const READ_IN_PLACE: usize = 32;
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
    panel_stride: usize,
    out: *mut f32,
    out_stride: usize,
    accumulate: bool,
}

/// # Safety
/// AVX-512 F is there; `out`, `left` and `right` hold what `size` says; columns are a multiple of 16.
#[target_feature(enable = "avx512f")]
pub(crate) unsafe fn product(
    out: &mut [f32],
    left: Left<'_>,
    right: &[f32],
    size: Size,
    accumulate: bool,
) {
    let in_place = size.columns <= READ_IN_PLACE;
    let mut packed = Vec::new();
    for start in (0..size.depth).step_by(BLOCK_DEPTH) {
        let depth = BLOCK_DEPTH.min(size.depth - start);
        if !in_place {
            pack(&mut packed, right, start, depth, size.columns);
        }
        for row in (0..size.rows).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(size.rows - row);
            let mut column = 0;
            while column < size.columns {
                let width = panel_width(column, size.columns);
                let (panel, panel_stride) = if in_place {
                    (
                        right[start * size.columns + column..].as_ptr(),
                        size.columns,
                    )
                } else {
                    (packed[column * depth..].as_ptr(), width)
                };
                let offset = row * left.row_stride + start * left.column_stride;
                let tile = Tile {
                    left: left.values[offset..].as_ptr(),
                    row_stride: left.row_stride,
                    column_stride: left.column_stride,
                    depth,
                    panel,
                    panel_stride,
                    out: out[row * size.columns + column..].as_mut_ptr(),
                    out_stride: size.columns,
                    accumulate: accumulate || start > 0,
                };
                // SAFETY: the panel lies within the right side or its packed block, the rows within `left` and `out`.
                unsafe {
                    if width == 2 * LANES {
                        panel_sums::<2>(tile, rows);
                    } else {
                        panel_sums::<1>(tile, rows);
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
unsafe fn panel_sums<const W: usize>(mut tile: Tile, rows: usize) {
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
        panel = panel.wrapping_add(tile.panel_stride);
    }
    for (row, sums) in sums.iter().enumerate() {
        for (column, sum) in sums.iter().enumerate() {
            // SAFETY: the tile lies within `out`.
            unsafe {
                _mm512_storeu_ps(tile.out.add(row * tile.out_stride + column * LANES), *sum);
            }
        }
    }
}

/// # Safety
/// AVX-512 F is there; the three slices are of one length, and every index is below it.
#[target_feature(enable = "avx512f")]
pub(crate) unsafe fn gather(out: &mut [f32], values: &[f32], table: &[u32]) {
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
