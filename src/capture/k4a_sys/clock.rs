//! The clock by which the SDKs stamp what arrives: the computer's own, which never runs backwards.

/// Now, nanoseconds; `CLOCK_MONOTONIC`, as the SDKs take it.
#[cfg(unix)]
pub(crate) fn now_nanos() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    (now.tv_sec as u64)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(now.tv_nsec as u64)
}

/// Now, nanoseconds; the performance counter, as the SDKs take it.
#[cfg(windows)]
pub(crate) fn now_nanos() -> u64 {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn QueryPerformanceCounter(ticks: *mut i64) -> i32;
        fn QueryPerformanceFrequency(ticks_a_second: *mut i64) -> i32;
    }
    let (mut ticks, mut a_second) = (0, 0);
    // SAFETY: the pointer is a place for the number; since Windows XP neither call fails.
    unsafe { QueryPerformanceCounter(&raw mut ticks) };
    // SAFETY: as above.
    unsafe { QueryPerformanceFrequency(&raw mut a_second) };
    let nanos = i128::from(ticks) * 1_000_000_000 / i128::from(a_second.max(1));
    nanos as u64
}
