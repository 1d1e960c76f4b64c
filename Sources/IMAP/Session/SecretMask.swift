import Foundation

/// Takes a secret out of texts of a server, in whichever encoding it repeats it: as it is, in base64 at any place of a longer text, or
/// percent-encoded; whole, or a long part of it.
public struct SecretMask: Sendable {
  /// The secret in its encodings, in lower case where case does not matter.
  private let whole: [[UInt8]]
  /// All parts of so many bytes of the encodings.
  private let parts: Set<[UInt8]>

  /// A part of a secret that is worth hiding.
  private static let partBytes = 10
  /// Bytes of a text for people.
  private static let mostBytes = 4_096
  /// Shorter texts cannot be told from others.
  private static let leastBytes = 4

  /// Takes nothing out.
  public init() {
    whole = []
    parts = []
  }

  /// A mask for secrets, and for messages that hold them.
  public init(_ secrets: [String], messages: [[UInt8]] = []) {
    var encodings: Set<[UInt8]> = []
    for secret in secrets where secret.utf8.count >= Self.leastBytes {
      let bytes = Array(secret.utf8)
      encodings.formUnion([bytes, Array(secret.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").utf8)])
      encodings.formUnion(Self.percentEncoded(secret))
      for shift in 0..<3 { encodings.formUnion(Self.base64(bytes, shift)) }
    }
    for message in messages { encodings.formUnion(Self.base64(message, 0)) }
    let long = encodings.map { $0.map(Self.lowered) }.filter { $0.count >= Self.leastBytes }
    whole = long.sorted { $0.count > $1.count }
    parts = Set(
      long.filter { $0.count >= Self.partBytes }.flatMap { bytes in
        (0...(bytes.count - Self.partBytes)).map { Array(bytes[$0..<($0 + Self.partBytes)]) }
      })
  }

  /// The text with `***` in place of what is secret.
  public func masked(_ text: String) -> String {
    guard !whole.isEmpty else { return text }
    let bytes = Array(text.utf8)
    let lowered = bytes.map(Self.lowered)
    var isSecret = [Bool](repeating: false, count: bytes.count)
    for needle in whole { mark(needle, in: lowered, &isSecret) }
    if lowered.count >= Self.partBytes, !parts.isEmpty {
      for start in 0...(lowered.count - Self.partBytes)
      where parts.contains(Array(lowered[start..<(start + Self.partBytes)])) {
        for index in start..<(start + Self.partBytes) { isSecret[index] = true }
      }
    }
    guard isSecret.contains(true) else { return text }
    var masked: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if !isSecret[index] { masked.append(byte) } else if index == 0 || !isSecret[index - 1] { masked += "***".utf8 }
    }
    return String(decoding: masked, as: UTF8.self)
  }

  private func mark(_ needle: [UInt8], in text: [UInt8], _ isSecret: inout [Bool]) {
    guard let first = needle.first, text.count >= needle.count else { return }
    for start in 0...(text.count - needle.count)
    where text[start] == first && text[start..<(start + needle.count)].elementsEqual(needle) {
      for index in start..<(start + needle.count) { isSecret[index] = true }
    }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

  private static func percentEncoded(_ secret: String) -> [[UInt8]] {
    let sets = [
      CharacterSet.alphanumerics, .urlQueryAllowed, .urlPathAllowed,
      CharacterSet(charactersIn: "-._~").union(.alphanumerics),
    ]
    let ascii = CharacterSet(charactersIn: "\0"..."\u{7f}")
    return sets.compactMap { secret.addingPercentEncoding(withAllowedCharacters: $0.intersection(ascii)) }
      .flatMap { [Array($0.utf8), Array($0.replacing("%20", with: "+").utf8)] }
  }

  /// The characters that depend on nothing but these bytes, if so many others come before them, modulo three; in both alphabets.
  private static func base64(_ bytes: [UInt8], _ shift: Int) -> [[UInt8]] {
    let text = Array(Base64.text([UInt8](repeating: 0, count: shift) + bytes).utf8)
    let start = [0, 2, 3][shift]
    let end = (shift + bytes.count) * 8 / 6
    guard start < end else { return [] }
    let own = Array(text[start..<end])
    let atTheEnd = Array(text[start...])
    return [own, atTheEnd].flatMap { standard in
      let plus = UInt8(ascii: "+"), slash = UInt8(ascii: "/")
      return [standard, standard.map { $0 == plus ? UInt8(ascii: "-") : $0 == slash ? UInt8(ascii: "_") : $0 }]
    }
  }
}

extension Credentials {
  /// Hides the secret, also in the messages of the login.
  func mask(_ endpoint: Endpoint) -> SecretMask {
    SecretMask(
      [secretText], messages: Mechanism.allCases.filter { $0 != .login }.map { message($0, endpoint) })
  }
}

extension SecretMask {
  /// A response whose texts for people are masked. Names of mailboxes stay as they are, because they are sent back.
  func masked(_ response: Response) -> Response {
    switch response {
    case .tagged(let tag, let status): .tagged(tag, masked(status))
    case .untagged(let status): .untagged(masked(status))
    case .id(let pairs): .id(pairs.mapValues(masked))
    case .rights(let letters): .rights(masked(letters))
    default: response
    }
  }

  private func masked(_ status: StatusResponse) -> StatusResponse {
    guard !whole.isEmpty else { return status }
    var status = status
    // Nobody reads more, and masking costs time.
    status.text = masked(String(decoding: Array(status.text.utf8.prefix(Self.mostBytes)), as: UTF8.self))
    return status
  }
}
