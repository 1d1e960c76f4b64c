#ifndef CRASH_NOTE_H
#define CRASH_NOTE_H

#include <sys/types.h>

/// Installs a handler for the signals that a fault of the program raises. The handler writes the signal number as one byte to a file;
/// then the process ends as it would without the handler.
void crash_note_install(void);

/// Sets the file descriptor and the offset of that byte; -1 for no file.
void crash_note_set_file(int descriptor, off_t offset);

/// Gives the calling thread a stack for signal handlers, so that a stack overflow can be recorded. Returns NULL if the thread already has one
/// or if memory is exhausted.
void *crash_note_thread_begin(void);

/// Releases the result of ``crash_note_thread_begin``, in the same thread.
void crash_note_thread_end(void *stack);

#endif
