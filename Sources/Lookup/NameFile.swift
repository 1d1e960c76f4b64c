import Glibc

/// A file with names for sources.
package enum NameFile: Sendable {
  /// Operators by the domain of their hosts.
  case map(ServiceMap)
  /// Autonomous systems by address.
  case networks(GeoDatabase)

  /// Reads a file, and recognises its kind by its contents.
  /// - Throws: ``LookupError`` if the file cannot be read, or is of neither kind.
  package init(path: String) throws(LookupError) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Self.unreadable(path) }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw LookupError("\(path): this is not a file: name a table of names or a MaxMind DB file")
    }
    let start = try Self.read(path, atMost: 1_024)
    if start.starts(with: [0x1f, 0x8b]) {
      throw LookupError("\(path): the file is compressed: unpack it with gunzip, and name the unpacked file")
    }
    // The tree of a MaxMind DB file begins with zeros; text has none.
    if start.contains(0) || path.lowercased().hasSuffix(".mmdb") {
      self = .networks(try GeoDatabase(path: path))
    } else {
      self = .map(try ServiceMap(parsing: try Self.read(path, atMost: ServiceMap.mostBytes + 1), path: path))
    }
  }

  private static func read(_ path: String, atMost most: Int) throws(LookupError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: min(most, 1 << 16))
    while bytes.count < most {
      let count = Glibc.read(descriptor, &piece, min(piece.count, most - bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    return bytes
  }

  private static func unreadable(_ path: String) -> LookupError {
    LookupError(
      "\(path): the file cannot be read (\(String(cString: strerror(errno)))): check that it exists and that you may read it"
    )
  }
}
