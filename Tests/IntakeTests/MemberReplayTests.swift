import DMARC
import Testing

@testable import Intake

/// Archive members are read again from the bytes that were kept, without opening the archive again.
@Suite struct MemberReplayTests {
  /// A stream that returns each byte once and then ends or fails.
  private final class Source {
    let bytes: [UInt8]
    let failure: InputError?
    var position = 0

    init(_ count: Int, failure: InputError? = nil) {
      bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
      self.failure = failure
    }

    var stream: ByteStream {
      ByteStream { buffer in
        if self.position == self.bytes.count, let failure = self.failure { throw failure }
        let count = min(buffer.count, self.bytes.count - self.position, 10_007)
        buffer.copyBytes(from: self.bytes[self.position..<self.position + count])
        self.position += count
        return count
      }
    }
  }

  private func read(_ stream: ByteStream, _ most: Int = .max) throws -> [UInt8] {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
    defer { piece.deallocate() }
    var bytes: [UInt8] = []
    while bytes.count < most {
      let count = try stream.read(piece)
      if count == 0 { break }
      bytes += UnsafeRawBufferPointer(rebasing: piece[..<count])
    }
    return bytes
  }

  @Test(arguments: [(0, false), (5, false), (500_000, false), (2_200_000, true)])
  func twoReadersSeeTheSame(count: Int, keepsAll: Bool) throws {
    let source = Source(count)
    let replay = MemberReplay(source.stream, keepsAll: keepsAll)
    let first = replay.stream
    let start = try read(first, count / 2)
    let second = try #require(replay.again())
    // The second one overtakes the first.
    #expect(try read(second) == source.bytes)
    #expect(try start + read(first) == source.bytes)
    let third = try #require(replay.again())
    #expect(try read(third) == source.bytes)
  }

  @Test func longMembersAreKeptOnlyIfRequired() throws {
    let source = Source(1_500_000)
    let replay = MemberReplay(source.stream, keepsAll: false)
    let first = replay.stream
    let start = try read(first, 1_200_000)
    #expect(replay.again() == nil, "too much to be kept")
    #expect(try start + read(first) == source.bytes)
  }

  @Test func failuresAreRepeated() throws {
    let replay = MemberReplay(Source(100, failure: InputError(.truncated, "it ends")).stream, keepsAll: false)
    for stream in [replay.stream, try #require(replay.again())] {
      #expect(throws: InputError.self) { try read(stream) }
    }
  }
}
