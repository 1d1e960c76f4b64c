#ifndef CRASH_NOTE_H
#define CRASH_NOTE_H

#include <sys/types.h>

/// Handles the signals that only a fault of the program itself raises. The handler writes the signal number as one byte to a file,
/// then ends the process as it would have ended without the handler.
void crash_note_install(void);

/// Sets the file descriptor and the offset for that byte; -1 for no file.
void crash_note_set_file(int descriptor, off_t offset);

/// Gives the calling thread a stack for signal handlers, without which a stack overflow could not be recorded. Returns NULL if there is
/// no memory.
void *crash_note_thread_begin(void);

/// Releases the result of ``crash_note_thread_begin``, in the same thread.
void crash_note_thread_end(void *stack);

#endif
