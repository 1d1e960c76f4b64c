import CGMime
import DMARC

/// A message parsed by GMime. Contents are not copied, and are decoded when they are read.
final class MIMEMessage {
  private let source: ByteSource
  private let stream: UnsafeMutablePointer<GMimeStream>
  private let message: UnsafeMutablePointer<GMimeMessage>

  /// GMime initialises tables at its first use.
  private static let isReady: Bool = {
    mail_begin()
    return true
  }()

  /// Parses a message; nil if GMime finds no header.
  init?(_ source: ByteSource) {
    guard Self.isReady, let stream = Self.stream(over: source) else { return nil }
    self.source = source
    self.stream = stream
    guard let message = mail_parse(stream) else {
      mail_release(stream)
      return nil
    }
    self.message = message
  }

  deinit {
    mail_release(message)
    mail_release(stream)
  }

  private static func stream(over source: ByteSource) -> UnsafeMutablePointer<GMimeStream>? {
    switch source.storage {
    case .file(let file, let offset): mail_file_stream(file.descriptor, offset, offset + source.count)
    case .memory(let bytes): bytes.withUnsafeBytes { mail_memory_stream($0.baseAddress, $0.count) }
    }
  }

  var root: MIMEPart { MIMEPart(message: message, owner: self) }

  /// The decoded bytes of a source that is base64 without a header; nil if GMime is out of memory.
  static func base64(_ source: ByteSource) -> ByteStream? {
    guard isReady, let raw = stream(over: source) else { return nil }
    defer { mail_release(raw) }
    return mail_base64(raw).map { DecodedContent($0, owner: source.owner).stream }
  }
}

/// The bytes of one part, with its transfer encoding decoded.
private final class DecodedContent {
  private let decoded: UnsafeMutablePointer<GMimeStream>
  /// The file that must stay open.
  private let owner: AnyObject?

  init(_ decoded: UnsafeMutablePointer<GMimeStream>, owner: AnyObject?) {
    self.decoded = decoded
    self.owner = owner
  }

  deinit { mail_release(decoded) }

  var stream: ByteStream {
    ByteStream { buffer in
      let count = g_mime_stream_read(self.decoded, buffer.assumingMemoryBound(to: CChar.self).baseAddress, buffer.count)
      // GMime returns -1 at the end, too.
      if count < 0, g_mime_stream_eos(self.decoded) == 0 {
        throw InputError.system("a part of the message cannot be read")
      }
      return max(0, count)
    }
  }
}

/// A node of the MIME tree of a message.
struct MIMEPart {
  enum Kind {
    case leaf
    case multipart([MIMEPart])
    case message(MIMEPart)
    case nothing
  }

  private let object: UnsafeMutablePointer<GMimeObject>?
  /// The message, if this part is the body of one; it has the header.
  private let message: UnsafeMutablePointer<GMimeMessage>?
  private let owner: MIMEMessage

  init(message: UnsafeMutablePointer<GMimeMessage>, owner: MIMEMessage) {
    self.message = message
    self.object = g_mime_message_get_mime_part(message)
    self.owner = owner
  }

  private init(object: UnsafeMutablePointer<GMimeObject>?, owner: MIMEMessage) {
    self.message = nil
    self.object = object
    self.owner = owner
  }

  var kind: Kind {
    guard let object else { return .nothing }
    switch mail_kind_of(object) {
    case MAIL_MULTIPART:
      return .multipart((0..<mail_part_count(object)).map { MIMEPart(object: mail_part(object, $0), owner: owner) })
    case MAIL_MESSAGE:
      guard let inner = mail_inner_message(object) else { return .nothing }
      return .message(MIMEPart(message: inner, owner: owner))
    case MAIL_LEAF: return .leaf
    default: return .nothing
    }
  }

  /// The media type as `type/subtype` in lower case.
  var type: String {
    guard let object, let text = mail_type(object) else { return "" }
    defer { g_free(text) }
    return String(cString: text)
  }

  func typeParameter(_ name: String) -> String? {
    object.flatMap { mail_type_parameter($0, name) }.map { String(cString: $0).lowercased() }
  }

  /// The file name of the attachment without folders; nil if there is none.
  var fileName: String? {
    guard let object, let name = mail_file_name(object) else { return nil }
    return String(cString: name).split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init)
  }

  /// The content, with its transfer encoding decoded.
  var content: ByteStream? {
    object.flatMap { mail_content($0) }.map { DecodedContent($0, owner: owner).stream }
  }

  // MARK: Header

  /// The message whose header this part has; nil for parts without their own header.
  var messageHandle: UnsafeMutablePointer<GMimeMessage>? { message }

  func header(_ name: String) -> String? {
    message.flatMap { mail_message_header($0, name) }.map { String(cString: $0) }
  }

  var subject: String? { message.flatMap { g_mime_message_get_subject($0) }.map { String(cString: $0) } }

  /// The address of the first author.
  var author: String? { message.flatMap { mail_author($0) }.map { String(cString: $0) } }

  /// The Date field as epoch seconds; nil if absent or invalid.
  var date: Int64? {
    guard let message else { return nil }
    let date = mail_date(message)
    return date > 0 ? date : nil
  }
}
