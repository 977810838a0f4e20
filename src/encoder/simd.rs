//! Compiles a plain loop for the widest vectors that the processor has, chosen when it runs.

/// Defines a function whose loops the compiler vectorises once per instruction set.
///
/// The program is built for any processor of its kind; without this its loops would use the oldest vectors only.
macro_rules! vectorised {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $visibility fn $name($($argument: $kind),*) {
            #[inline(always)]
            fn body($($argument: $kind),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn widest($($argument: $kind),*) {
                    body($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn wide($($argument: $kind),*) {
                    body($($argument),*);
                }
                if $crate::encoder::simd::has_avx512() {
                    // SAFETY: the processor has just been asked for these instructions.
                    #[expect(unsafe_code, reason = "calls code for an instruction set that was detected")]
                    unsafe { widest($($argument),*) };
                    return;
                }
                if $crate::encoder::simd::has_avx2() {
                    // SAFETY: the processor has just been asked for these instructions.
                    #[expect(unsafe_code, reason = "calls code for an instruction set that was detected")]
                    unsafe { wide($($argument),*) };
                    return;
                }
            }
            body($($argument),*);
        }
    };
}
pub(crate) use vectorised;

/// Whether the 512-bit loops may run.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && has_avx2()
}

/// Whether the 256-bit loops may run.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}
