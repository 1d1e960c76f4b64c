import IMAP

/// What a server may send, in pieces whose size the first byte gives. It must come to the same, however it arrives.
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
        // Byte by byte: what is cut in the middle of a character is still the same.
        case .part(let range): events[events.count - 1] += chunk[range].map { "\($0) " }.joined()
        case .response(let response): events.append(text(response))
        }
      }
    }
  } catch { events.append("refused") }
  return events
}

/// Dictionaries have no order of their own.
private func text(_ response: IMAPResponse) -> String {
  switch response {
  case .id(let pairs): "id \(pairs.sorted { $0.key < $1.key })"
  case .status(let mailbox, let numbers): "status \(mailbox) \(numbers.sorted { $0.key < $1.key })"
  default: "\(response)"
  }
}
