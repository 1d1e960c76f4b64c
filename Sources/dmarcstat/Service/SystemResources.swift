import Glibc
import Ingestion

/// What a run needs of the system before it begins. Where it is missing, libraries below wait for ever or end the process without a
/// word; a message is better.
enum SystemResources {
  /// Bytes of address space: the stacks of a few threads, SQLite's cache, buffers.
  private static let addressSpace = 48 << 20
  /// Open files: the database with its log, the journal, an input for each thread, an archive in an archive.
  private static let files = 16

  /// Makes sure that there are memory, open files and threads.
  /// - Throws: a ``CommandError`` that names the limit to raise.
  static func probe() throws {
    try probeMemory()
    try probeFiles()
    try WorkerThread.probe()
  }

  private static func probeMemory() throws {
    let space = mmap(nil, addressSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard space != MAP_FAILED else {
      throw missing("memory", "the limit of memory (ulimit -v)")
    }
    munmap(space, addressSpace)
  }

  private static func probeFiles() throws {
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    while copies.count < files {
      let copy = dup(STDERR_FILENO)
      guard copy >= 0 else { throw missing("open files", "the limit of open files (ulimit -n)") }
      copies.append(copy)
    }
  }

  private static func missing(_ what: String, _ limit: String) -> CommandError {
    CommandError(
      message: "the system does not give enough \(what) (\(String(cString: strerror(errno)))): raise \(limit)",
      status: .database)
  }
}
