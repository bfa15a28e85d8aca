/* The page-fault protocol of ../spin/iopf.pml, searched by a program written for it alone: what one core can do at best.
 *   gcc -O2 -DN=3 -DK=3 -DD=2 -DL=2 -DR=1 [-DBUG=1] iopf.c && ./a.out
 * Counts the initial state as a transition, as SPIN does. */
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <sys/resource.h>
#ifndef BUG
#define BUG 0
#endif
enum { XLATE = 1, WAITR, OKR, FAILR, ACCESS };
typedef uint32_t u32; typedef uint64_t u64;
static u64 *S; static u32 *P, *T; static u32 n, cap, mask, cur; static u64 trans;
static inline u32 hash(u64 s) { s *= 0x9e3779b97f4a7c15ull; s ^= s >> 32; s *= 0xd6e8feb86659fd93ull; return (u32)(s >> 32); }
static void grow(void) {
  cap *= 2; S = realloc(S, cap * sizeof *S); P = realloc(P, cap * sizeof *P);
  mask = 2 * cap - 1; free(T); T = calloc(2 * (size_t)cap, sizeof *T);
  for (u32 i = 0; i < n; i++) { u32 j = hash(S[i]) & mask; while (T[j]) j = (j + 1) & mask; T[j] = i + 1; }
}
static inline void add(u32 lo, u32 hi) {
  u64 s = lo | (u64)hi << 32; u32 j = hash(s) & mask, e; trans++;
  while ((e = T[j])) { if (S[e - 1] == s) return; j = (j + 1) & mask; }
  if (n == cap) { grow(); j = hash(s) & mask; while (T[j]) j = (j + 1) & mask; }
  S[n] = s; P[n] = cur; T[j] = ++n;
}
static inline int in(u32 hi, u32 p) { u32 nl = hi >> 7 & 3, l = hi >> 9; for (u32 i = 0; i < nl; i++, l >>= 2) if ((l & 3) == p) return 1; return 0; }
static inline u32 drop(u32 hi, u32 p) { u32 nl = hi >> 7 & 3, l = hi >> 9 & 63, i = 0; while ((l >> 2 * i & 3) != p) i++;
  return (hi & ~(0xffu << 7)) | (nl - 1) << 7 | ((l & ((1u << 2 * i) - 1)) | l >> (2 * i + 2) << 2 * i) << 9; }
static inline u32 push(u32 hi, u32 p) { return (hi | p << (9 + 2 * (hi >> 7 & 3))) + (1u << 7); }
static inline int used(u32 lo, u32 p) { for (int k = 0; k < K; k++, lo >>= 7) if ((lo & 31) == (ACCESS | p << 3)) return 1; return 0; }
static void expand(u32 lo, u32 hi) {
  u32 ov = hi >> 3 & 1, h = hi >> 4 & 7, qn = hi >> 15 & 3, inv = hi & 7;
  for (u32 k = 0; k < K; k++) { u32 sh = 7 * k, f = lo >> sh & 127, p = f >> 3 & 3, base = lo & ~(127u << sh), b = lo & ~(7u << sh);
    switch (f & 7) {
    case 0: for (u32 p = 0; p < N; p++) add(base | (XLATE | p << 3) << sh, hi); break;
    case XLATE: if (in(hi, p)) add(b | ACCESS << sh, push(drop(hi, p), p));
      else if (!ov && qn < D) add(b | WAITR << sh, (hi | k << (17 + 2 * qn)) + (1u << 15));
      else add(b | FAILR << sh, hi | 8); break;
    case FAILR: if (f >> 5 < R) add(base | (XLATE | p << 3 | ((f >> 5) + 1) << 5) << sh, hi); else add(base, hi); break;
    case OKR: add(b | XLATE << sh, hi); break;
    case ACCESS: add(base, hi); } }
  if (!h) { if (qn) { u32 q = hi >> 17; add(lo, (hi & 0x7fff) | ((q & 3) + 1) << 4 | (qn - 1) << 15 | q >> 2 << 17); } else if (ov) add(lo, hi & ~8u); }
  else { u32 sh = 7 * (h - 1), p = lo >> (sh + 3) & 3;
    if (inv != p + 1) { u32 l2 = (lo & ~(7u << sh)) | OKR << sh, h2 = hi & ~0x70u, nl = hi >> 7 & 3;
      if (in(hi, p)) add(l2, push(drop(h2, p), p));
      else if (nl < L) add(l2, push(h2, p));
      else for (u32 i = 0; i < nl; i++) { u32 v = hi >> (9 + 2 * i) & 3; if (BUG || !used(lo, v)) { add(l2, push(drop(h2, v), p)); break; } } } }
  if (!inv) { u32 nl = hi >> 7 & 3; for (u32 i = 0; i < nl; i++) { u32 p = hi >> (9 + 2 * i) & 3; add(lo, drop(hi, p) | (p + 1)); } }
  else if (!used(lo, inv - 1)) add(lo, hi & ~7u);
}
static int safe(u32 lo, u32 hi) { for (int k = 0; k < K; k++, lo >>= 7) if ((lo & 7) == ACCESS) { u32 p = lo >> 3 & 3; if (!in(hi, p) && (hi & 7) != p + 1) return 0; } return 1; }
int main(void) {
  struct timespec a, b; clock_gettime(CLOCK_MONOTONIC, &a);
  cap = 1 << 15; grow(); add(0, 0); trans = 1;
  u32 depth = 0, end = 1; int bad = -1;
  for (u32 i = 0; i < n; i++) { if (i == end) { depth++; end = n; } cur = i; u64 s = S[i]; if (!safe(s, s >> 32)) { bad = depth; break; } expand(s, s >> 32); }
  clock_gettime(CLOCK_MONOTONIC, &b); double t = b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9;
  struct rusage r; getrusage(RUSAGE_SELF, &r);
  u64 bytes = n * (u64)(sizeof *S + sizeof *P) + (mask + 1ull) * sizeof *T;
  printf("{\"states\":%u,\"transitions\":%lu,\"depth\":%u,\"violationDepth\":%d,\"seconds\":%.3f,\"bytes\":%lu,\"rssMB\":%ld}\n", n, trans, depth, bad, t, bytes, r.ru_maxrss / 1024);
}
