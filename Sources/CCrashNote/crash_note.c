// This is C because a signal handler may only call async-signal-safe functions, which Swift code cannot guarantee.
#define _GNU_SOURCE
#include "crash_note.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
enum { signal_count = sizeof signals / sizeof *signals, stack_size = 64 << 10 };

static struct sigaction previous[signal_count];
static const struct sigaction default_action = {.sa_handler = SIG_DFL};
static atomic_int note_file = -1;
static _Atomic(off_t) note_offset;

// Whether a fault with this signal recurs when its instruction is executed again.
static int recurs(int number) {
#if !defined(__x86_64__) && !defined(__i386__)
  if (number == SIGTRAP) return 1;
#endif
  return number == SIGILL || number == SIGBUS || number == SIGFPE || number == SIGSEGV;
}

static void write_note(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  // A service manager aborts a process that seems to be stuck; the current input is not to blame.
  int is_sent_by_other = number == SIGABRT && info->si_code == SI_USER && info->si_pid != getpid();
  int descriptor = atomic_load(&note_file);
  if (descriptor >= 0 && !is_sent_by_other) {
    unsigned char byte = (unsigned char)number;
    ssize_t written = pwrite(descriptor, &byte, 1, atomic_load(&note_offset));
    (void)written;
  }
  // A fault recurs when its instruction is executed again, so the previous handler, such as Swift's backtraces, sees it at its
  // true location. abort() ends the process whatever a handler does. Any other signal was sent, or was raised after its
  // instruction, and ends the process here.
  int is_own_abort = number == SIGABRT && !is_sent_by_other;
  int uses_previous = is_own_abort || (info->si_code > 0 && recurs(number));
  for (int i = 0; i < signal_count; i++) {
    if (signals[i] == number) sigaction(number, uses_previous ? &previous[i] : &default_action, NULL);
  }
  errno = saved;
  // The signal is delivered when this function returns.
  if (!uses_previous || is_own_abort) raise(number);
}

void crash_note_install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = write_note;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < signal_count; i++) {
    struct sigaction before;
    if (sigaction(signals[i], NULL, &before) != 0) continue;
    if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction == write_note) continue;
    // A signal that is ignored on purpose stays ignored.
    if (before.sa_handler == SIG_IGN) continue;
    previous[i] = before;
    sigaction(signals[i], &action, NULL);
  }
}

void crash_note_set_file(int descriptor, off_t offset) {
  atomic_store(&note_offset, offset);
  atomic_store(&note_file, descriptor);
}

void *crash_note_thread_begin(void) {
  stack_t current;
  // A thread that has a signal stack keeps it.
  if (sigaltstack(NULL, &current) != 0 || !(current.ss_flags & SS_DISABLE)) return NULL;
  void *memory = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  stack_t stack = {.ss_sp = memory, .ss_flags = 0, .ss_size = stack_size};
  if (sigaltstack(&stack, NULL) == 0) return memory;
  munmap(memory, stack_size);
  return NULL;
}

void crash_note_thread_end(void *memory) {
  if (memory == NULL) return;
  stack_t stack = {.ss_sp = NULL, .ss_flags = SS_DISABLE, .ss_size = 0};
  sigaltstack(&stack, NULL);
  munmap(memory, stack_size);
}
