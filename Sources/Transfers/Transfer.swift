package import CCurl
import Glibc

/// One transfer with libcurl: bounded in time and in what it reads, and without redirects.
package struct Transfer {
  /// The URL, which may hold a secret.
  package let url: String
  /// The schemes that are allowed, separated by commas.
  package let schemes: String
  package let upload: [UInt8]
  /// Seconds.
  package let timeout: Int
  /// Further options.
  package var configure: (TransferOptions) -> Void

  /// Creates a transfer.
  package init(
    url: String, schemes: String, upload: [UInt8] = [], timeout: Int,
    configure: @escaping (TransferOptions) -> Void = { _ in }
  ) {
    (self.url, self.schemes, self.upload, self.timeout) = (url, schemes, upload, timeout)
    self.configure = configure
  }

  /// What is known after a transfer.
  package struct Result {
    /// The code of libcurl; `CURLE_OK` if all went well.
    package var code: CURLcode
    /// The status of HTTP, or the last reply of SMTP; 0 if there was none.
    package var status: Int
    /// Whether the header of a final response of HTTP is complete.
    package var hasHeader: Bool
    /// Replies of SMTP.
    package var replies: Int
    /// The enhanced status code of the last one (RFC 3463).
    package var enhanced: String?
    package var retryAfter: Int64
    /// What was received after the header.
    package var body: [UInt8] = []

    /// Creates a result.
    package init(
      code: CURLcode, status: Int, hasHeader: Bool, replies: Int, enhanced: String? = nil, retryAfter: Int64
    ) {
      (self.code, self.status, self.hasHeader) = (code, status, hasHeader)
      (self.replies, self.enhanced, self.retryAfter) = (replies, enhanced, retryAfter)
    }
  }

  /// The maximum length of a response that is read, in bytes, with its header.
  package static let mostBytes = 64 << 10

  /// Runs the transfer to its end.
  package func run() -> Result {
    // libcurl is initialised only once per process.
    guard Self.isReady, let handle = curl_easy_init() else {
      return Result(code: CURLE_FAILED_INIT, status: 0, hasHeader: false, replies: 0, retryAfter: 0)
    }
    defer { curl_easy_cleanup(handle) }
    let exchange = Exchange(upload)
    let data = Unmanaged.passUnretained(exchange).toOpaque()
    let options = TransferOptions(handle)
    options.set(CURLOPT_URL, url)
    options.set(CURLOPT_PROTOCOLS_STR, schemes)
    options.set(CURLOPT_FOLLOWLOCATION, 0)
    options.set(CURLOPT_NOSIGNAL, 1)
    options.set(CURLOPT_CONNECTTIMEOUT, min(timeout, 20))
    options.set(CURLOPT_TIMEOUT, timeout)
    // Otherwise libcurl waits for minutes for the answer to its farewell.
    options.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout)
    options.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    // The header of a proxy ("200 Connection established") says nothing about the request.
    options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    options.set(CURLOPT_WRITEDATA, data)
    options.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, data in
      Exchange.of(data).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    options.set(CURLOPT_HEADERDATA, data)
    options.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, data in
      Exchange.of(data).takeLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    options.set(CURLOPT_READDATA, data)
    options.set(CURLOPT_READFUNCTION) { bytes, size, count, data in
      Exchange.of(data).give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
    configure(options)
    // Without one of its options, a transfer could go elsewhere, or unencrypted.
    let code = options.failure ?? BrokenPipes.ignored { curl_easy_perform(handle) }
    return withExtendedLifetime((exchange, options)) {
      var result = Result(
        code: code, status: transfer_response_code(handle), hasHeader: exchange.hasHeader, replies: exchange.replies,
        enhanced: exchange.enhanced, retryAfter: transfer_retry_after(handle))
      result.body = exchange.body
      return result
    }
  }

  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// The options of a transfer, and the lists that it needs until its end.
package final class TransferOptions {
  private let handle: UnsafeMutableRawPointer
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  /// That of the first option which libcurl did not take.
  fileprivate private(set) var failure: CURLcode?

  fileprivate init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

  deinit { for list in lists { curl_slist_free_all(list) } }

  package func set(_ option: CURLoption, _ text: String) { note(transfer_set_text(handle, option, text)) }

  package func set(_ option: CURLoption, _ number: Int) { note(transfer_set_long(handle, option, number)) }

  package func set(_ option: CURLoption, _ texts: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { if let list { lists.append(list) } }
    for text in texts {
      guard let longer = curl_slist_append(list, text) else { return note(CURLE_OUT_OF_MEMORY) }
      list = longer
    }
    note(transfer_set_list(handle, option, list))
  }

  fileprivate func set(_ option: CURLoption, _ data: UnsafeMutableRawPointer) {
    note(transfer_set_data(handle, option, data))
  }

  fileprivate func set(
    _ option: CURLoption,
    _ function: @escaping @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
  ) { note(transfer_set_function(handle, option, function)) }

  private func note(_ code: CURLcode) {
    if code != CURLE_OK, failure == nil { failure = code }
  }
}

/// What is sent and received in a transfer.
private final class Exchange {
  private let upload: [UInt8]
  private var sent = 0
  private var received = 0
  private(set) var body: [UInt8] = []
  private(set) var hasHeader = false
  private(set) var replies = 0
  private(set) var enhanced: String?
  private var status = 0

  init(_ upload: [UInt8]) { self.upload = upload }

  static func of(_ data: UnsafeMutableRawPointer?) -> Exchange {
    guard let data else { return Exchange([]) }
    return Unmanaged<Exchange>.fromOpaque(data).takeUnretainedValue()
  }

  func give(_ space: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(space.count, upload.count - sent)
    upload.withUnsafeBytes { space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
    sent += count
    return count
  }

  /// Another count than the given one ends the transfer.
  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard take(bytes.count) else { return 0 }
    body += bytes
    return bytes.count
  }

  private func take(_ count: Int) -> Bool {
    received += count
    return received <= Transfer.mostBytes
  }

  /// Takes a line of a header of HTTP, or a reply of SMTP.
  func takeLine(_ line: UnsafeRawBufferPointer) -> Int {
    guard take(line.count) else { return 0 }
    if line.starts(with: Array("HTTP/".utf8)) {
      status = Self.number(line.drop { $0 != 0x20 }.dropFirst().prefix(3))
      hasHeader = false
    } else if line.allSatisfy({ $0 == 0x0d || $0 == 0x0a }) {
      hasHeader = status >= 200
    } else if line.count > 3 {
      let code = Self.number(line.prefix(3))
      if code >= 200, line[3] == 0x20 { replies += 1 }
      // A farewell may follow.
      if code >= 400 { enhanced = Self.enhanced(line.dropFirst(4).prefix { $0 > 0x20 }) }
    }
    return line.count
  }

  private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return 0 }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// `5.1.1`, and nothing else.
  private static func enhanced(_ word: Slice<UnsafeRawBufferPointer>) -> String? {
    let text = String(decoding: word, as: UTF8.self)
    return text.wholeMatch(of: /[245]\.[0-9]{1,3}\.[0-9]{1,3}/) == nil ? nil : text
  }
}

/// A peer that is gone must not end the program: the signal is held back in this thread while it writes.
package enum BrokenPipes {
  /// Runs `body`, and discards the signal if it raised one.
  package static func ignored<Value>(_ body: () -> Value) -> Value {
    var signals = sigset_t()
    var before = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    let value = body()
    if sigismember(&before, SIGPIPE) == 0 {
      var now = timespec()
      while sigtimedwait(&signals, nil, &now) == SIGPIPE {}
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    return value
  }
}
