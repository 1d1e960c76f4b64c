import Glibc

/// Searches for ASCII words in bytes of any encoding.
package enum ByteText {
  /// The bytes with ASCII letters in lower case.
  package static func lowered(_ bytes: [UInt8]) -> [UInt8] {
    // Faster than `map`: this runs over the start of every part of every message.
    [UInt8](unsafeUninitializedCapacity: bytes.count) { room, count in
      bytes.withUnsafeBufferPointer { source in
        for index in 0..<source.count {
          let byte = source[index]
          room[index] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
        }
      }
      count = bytes.count
    }
  }

  /// The first position of a word at or after an index; nil if there is none.
  package static func position(of word: StaticString, in bytes: [UInt8], from start: Int = 0) -> Int? {
    let length = word.utf8CodeUnitCount
    return bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return nil }
      var index = start
      while index + length <= buffer.count {
        let room = buffer.count - length + 1 - index
        guard let next = memchr(base + index, Int32(word.utf8Start.pointee), room) else { return nil }
        index = UnsafeRawPointer(next) - base
        if memcmp(next, word.utf8Start, length) == 0 { return index }
        index += 1
      }
      return nil
    }
  }

  /// Whether the bytes contain any of the words.
  package static func contains(_ words: StaticString..., in bytes: [UInt8]) -> Bool {
    words.contains { position(of: $0, in: bytes) != nil }
  }
}
