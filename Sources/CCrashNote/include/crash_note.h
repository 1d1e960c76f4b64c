#ifndef CRASH_NOTE_H
#define CRASH_NOTE_H

#include <sys/types.h>

/// Handles the signals that only a fault of the program itself raises: each writes its number as one byte to a file, then ends the process
/// as it would have ended without this.
void crash_note_install(void);

/// Sets the file and the offset that the byte is written to; -1 for no file.
void crash_note_set_file(int descriptor, off_t offset);

/// Gives the calling thread a stack for signal handlers, without which a stack overflow could not be noted; NULL if there is no memory.
void *crash_note_thread_begin(void);

/// Takes back what ``crash_note_thread_begin`` returned, in the same thread.
void crash_note_thread_end(void *stack);

#endif
