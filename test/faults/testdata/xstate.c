// Lets User-Mode Linux run on processors whose extended state is larger than it
// knows (Intel AMX): since Linux 4.20 the host refuses to set the registers of a
// traced process from less than its whole state
// (arch/x86/kernel/fpu/regset.c, xstateregs_set), and the kernel of the machine
// hands over only what it has room for. What it hands over is laid over the rest
// of the present state, which no program of the machine uses.
#define _GNU_SOURCE
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <stdarg.h>
#include <unistd.h>

static __thread char whole[64 << 10];

// trace is the system call; as the C library does, what PEEK reads is returned.
static long trace(long request, pid_t pid, void *addr, void *data)
{
	long word, ret;
	if (request > 0 && request < 4)
		data = &word;
	ret = syscall(SYS_ptrace, request, pid, addr, data);
	return ret >= 0 && request > 0 && request < 4 ? word : ret;
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *addr = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);

	if (request == PTRACE_SETREGSET && (unsigned long)addr == NT_X86_XSTATE) {
		struct iovec *part = data, all = {whole, sizeof whole};
		if (part->iov_len < sizeof whole && trace(PTRACE_GETREGSET, pid, addr, &all) == 0 && part->iov_len < all.iov_len) {
			memcpy(whole, part->iov_base, part->iov_len);
			return trace(request, pid, addr, &all);
		}
	}
	return trace(request, pid, addr, data);
}
