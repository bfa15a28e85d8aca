/** Further numbers of Linux's errno.h, negative as functions return them. */
export const EPERM = -1;
export const ENXIO = -6;
export const EBADF = -9;
export const EEXIST = -17;
