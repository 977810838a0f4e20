// Rust's standard library asks bcryptprimitives.dll for random numbers, which wine 8 does not have.
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE into, SIZE_T count) {
    for (SIZE_T at = 0; at < count; at += 65536) {
        SIZE_T part = count - at < 65536 ? count - at : 65536;
        if (!SystemFunction036(into + at, (ULONG)part)) return FALSE;
    }
    return TRUE;
}
