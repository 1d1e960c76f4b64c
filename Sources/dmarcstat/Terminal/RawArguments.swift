import Intake

/// The arguments of the program. File names may contain bytes that are not valid UTF-8; ``PathText`` encodes these.
enum RawArguments {
  static var values: [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { index in
      guard let argument = CommandLine.unsafeArgv[index] else { return nil }
      return String(validatingCString: argument)
        ?? argument.withMemoryRebound(to: UInt8.self, capacity: 1) { bytes in
          PathText.text(UnsafeBufferPointer(start: bytes, count: length(bytes)))
        }
    }
  }

  private static func length(_ bytes: UnsafePointer<UInt8>) -> Int {
    var length = 0
    while bytes[length] != 0 { length += 1 }
    return length
  }
}
