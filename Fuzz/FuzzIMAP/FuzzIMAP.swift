import IMAP

/// Fuzzes the parser of server responses. The first byte is the size of the pieces, which must not affect the result.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIMAP(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: data, count: size)
  guard let first = bytes.first else { return 0 }
  let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
  let (whole, pieces) = (events(rest, piece: rest.count), events(rest, piece: Int(first % 16) + 1))
  guard whole == pieces else { fatalError("whole: \(whole)\nin pieces: \(pieces)") }
  return 0
}

private func events(_ bytes: UnsafeRawBufferPointer, piece: Int) -> [String] {
  var parser = ResponseParser()
  var events: [String] = []
  var start = 0
  do {
    while start < bytes.count {
      let chunk = UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + piece)])
      start += chunk.count
      var position = 0
      while let event = try parser.next(chunk, &position) {
        switch event {
        case .literal(let count): events.append("literal \(count): ")
        // Byte by byte: a split within a character must not matter.
        case .part(let range): events[events.count - 1] += chunk[range].map { "\($0) " }.joined()
        case .response(let response): events.append(text(response))
        }
      }
    }
  } catch { events.append("refused") }
  return events
}

/// Sorts, because dictionaries are unordered.
private func text(_ response: IMAPResponse) -> String {
  switch response {
  case .id(let pairs): "id \(pairs.sorted { $0.key < $1.key })"
  case .status(let mailbox, let numbers): "status \(mailbox) \(numbers.sorted { $0.key < $1.key })"
  default: "\(response)"
  }
}
