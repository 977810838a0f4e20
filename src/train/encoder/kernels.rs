//! The element-wise loops of training, each over whole frames.

use crate::encoder::simd::vectorised;

vectorised! {
    /// `out *= factor`.
    pub(crate) fn scale(out: &mut [f32], factor: &[f32]) {
        for (out, factor) in out.iter_mut().zip(factor) {
            *out *= factor;
        }
    }
}

vectorised! {
    /// `out += values`.
    pub(crate) fn add(out: &mut [f32], values: &[f32]) {
        for (out, value) in out.iter_mut().zip(values) {
            *out += value;
        }
    }
}

vectorised! {
    /// `out = values * factor + addend`.
    pub(crate) fn affine(out: &mut [f32], values: &[f32], factor: &[f32], addend: &[f32]) {
        let length = out.len();
        let (values, factor, addend) = (&values[..length], &factor[..length], &addend[..length]);
        for i in 0..length {
            out[i] = values[i] * factor[i] + addend[i];
        }
    }
}

vectorised! {
    /// `out = max(values * factor + addend + residual, 0)`.
    pub(crate) fn affine_add_rectify(
        out: &mut [f32],
        values: &[f32],
        factor: &[f32],
        addend: &[f32],
        residual: &[f32],
    ) {
        let length = out.len();
        let (values, residual) = (&values[..length], &residual[..length]);
        let (factor, addend) = (&factor[..length], &addend[..length]);
        for i in 0..length {
            out[i] = (values[i] * factor[i] + addend[i] + residual[i]).max(0.0);
        }
    }
}

vectorised! {
    /// `out = max(out + addend, 0)`.
    pub(crate) fn add_rectify(out: &mut [f32], addend: &[f32]) {
        for (out, addend) in out.iter_mut().zip(addend) {
            *out = (*out + addend).max(0.0);
        }
    }
}

vectorised! {
    /// Keeps the gradient where the rectified value is above zero.
    pub(crate) fn gate(grad: &mut [f32], rectified: &[f32]) {
        for (grad, value) in grad.iter_mut().zip(rectified) {
            *grad = if *value > 0.0 { *grad } else { 0.0 };
        }
    }
}

vectorised! {
    /// Keeps the gradient where the rectified value is above zero, and adds it to `sum`.
    pub(crate) fn gate_and_sum(grad: &mut [f32], rectified: &[f32], sum: &mut [f32]) {
        let length = grad.len();
        let (rectified, sum) = (&rectified[..length], &mut sum[..length]);
        for i in 0..length {
            let kept = if rectified[i] > 0.0 { grad[i] } else { 0.0 };
            grad[i] = kept;
            sum[i] += kept;
        }
    }
}

vectorised! {
    /// A norm's backward pass: `out = grad * factors[0] + values * factors[1] + factors[2]`.
    pub(crate) fn norm_backward(
        out: &mut [f32],
        grad: &[f32],
        values: &[f32],
        factors: [&[f32]; 3],
    ) {
        let length = out.len();
        let (grad, values) = (&grad[..length], &values[..length]);
        let [first, second, third] = factors;
        let (first, second, third) = (&first[..length], &second[..length], &third[..length]);
        for i in 0..length {
            out[i] = grad[i] * first[i] + values[i] * second[i] + third[i];
        }
    }
}
