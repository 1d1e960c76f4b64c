import Glibc
import Ingestion

/// The system resources that a run needs before it starts. If one is missing, libraries block forever or end the
/// process without a message, so the run fails early with a message instead.
enum SystemResources {
  /// Bytes of address space: thread stacks, SQLite's cache, buffers.
  private static let addressSpace = 48 << 20
  /// Open files: the database and its write-ahead log, the journal, an input for each thread, nested archives.
  private static let files = 16

  /// Checks that memory, file descriptors and threads are available.
  /// - Throws: a ``CommandError`` that names the limit to raise.
  static func probe() throws {
    try probeMemory()
    try probeFiles()
    try WorkerThread.probe()
  }

  private static func probeMemory() throws {
    let space = mmap(nil, addressSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard space != MAP_FAILED else {
      throw missing("memory", "the memory limit (ulimit -v)")
    }
    munmap(space, addressSpace)
  }

  private static func probeFiles() throws {
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    while copies.count < files {
      let copy = dup(STDERR_FILENO)
      guard copy >= 0 else { throw missing("open files", "the open file limit (ulimit -n)") }
      copies.append(copy)
    }
  }

  private static func missing(_ what: String, _ limit: String) -> CommandError {
    CommandError(
      message: "not enough \(what) available (\(String(cString: strerror(errno)))): raise \(limit)",
      status: .database)
  }
}
