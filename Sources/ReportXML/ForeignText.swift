/// Serialises extension elements as XML text, so that they are kept without being understood.
struct ForeignText: ~Copyable {
  private var buffer = ByteBuffer(capacity: 256)
  private(set) var depth = 0

  var isOpen: Bool { depth > 0 }
  var count: Int { buffer.count }
  var bytes: UnsafeBufferPointer<UInt8> { buffer.bytes }

  /// Starts with the element whose content is kept; its own tag is written only if `keepingTag` is true.
  mutating func begin(name: String, namespace: String?, keepingTag: Bool) {
    if depth == 0 { buffer.removeAll() }
    depth += 1
    guard keepingTag else { return }
    buffer.append("<" + name)
    if let namespace { buffer.append(" xmlns=\"" + Self.escaped(namespace) + "\"") }
    buffer.append(">")
  }

  mutating func text(_ source: UnsafePointer<UInt8>, count: Int) {
    for index in 0..<count {
      switch source[index] {
      case UInt8(ascii: "<"): buffer.append("&lt;")
      case UInt8(ascii: ">"): buffer.append("&gt;")
      case UInt8(ascii: "&"): buffer.append("&amp;")
      default: buffer.append(source[index])
      }
    }
  }

  mutating func end(name: String, keepingTag: Bool) {
    depth -= 1
    if keepingTag { buffer.append("</" + name + ">") }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
