import Verdict

/// The word in brackets that mailing lists put before a subject.
enum SubjectTag {
  /// The fields with the first word in brackets removed from the last subject, and that word; nil if there is none.
  static func removed(from fields: [MessageHeader.Field]) -> (fields: [MessageHeader.Field], tag: String)? {
    guard let index = fields.lastIndex(where: { $0.name == "subject" }) else { return nil }
    let lines = fields[index].lines
    guard let start = lines.firstIndex(of: UInt8(ascii: "[")),
      let end = lines[start...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    var next = end + 1
    while next < lines.count, lines[next] == 0x20 || lines[next] == 0x09 { next += 1 }
    var fields = fields
    fields[index] = fields[index].withLines(lines[..<start] + lines[next...])
    return (fields, String(decoding: lines[start...end], as: UTF8.self))
  }
}
