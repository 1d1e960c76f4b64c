import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A connection to a server, for use by one thread, which blocks while it waits for events.
final class IMAPConnection {
  let endpoint: Endpoint
  private let channel: any Channel
  private let responses: ResponseBuffer
  private let deadline: Deadline
  private var events: ArraySlice<ResponseBuffer.Event> = []
  /// How the connection is encrypted; nil until it is.
  private(set) var tls: TLSFacts?

  /// Connects, and negotiates TLS unless STARTTLS or no encryption is configured.
  /// - Throws: ``IMAPError``.
  init(_ endpoint: Endpoint, on group: any EventLoopGroup, _ deadline: Deadline) throws(IMAPError) {
    self.endpoint = endpoint
    self.deadline = deadline
    let responses = ResponseBuffer()
    self.responses = responses
    let context = endpoint.security == .implicit ? try Self.context(endpoint) : nil
    let serverName = Self.serverName(endpoint)
    let identity = endpoint.skipsCertificateCheck ? nil : ServerIdentity(endpoint.asciiHost)
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(.milliseconds(Int64(min(endpoint.connectSeconds, deadline.secondsLeft, 86_400) * 1_000)))
      .channelOption(.autoRead, value: false)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      // Detects a lost server within minutes even if nothing is sent to it.
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 120)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 30)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 4)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: serverName))
          }
          try channel.pipeline.syncOperations.addHandler(WireHandler(responses, identity))
        }
      }
    channel = try Self.wait(for: bootstrap.connect(host: endpoint.asciiHost, port: endpoint.port), deadline)
    if context != nil { try awaitEncryption() }
  }

  /// Waits for a connection until the deadline.
  private static func wait(for attempt: EventLoopFuture<any Channel>, _ deadline: Deadline) throws(IMAPError)
    -> any Channel
  {
    let attemptResult = Monitor<Result<any Channel, any Error>?>(nil)
    attempt.whenComplete { result in attemptResult.update { $0 = result } }
    let result: Result<any Channel, any Error>
    do { result = try attemptResult.wait(deadline) { $0 } } catch {
      attempt.whenSuccess { $0.close(promise: nil) }
      throw error
    }
    do { return try result.get() } catch { throw IMAPError(network: error) }
  }

  private static func context(_ endpoint: Endpoint) throws(IMAPError) -> NIOSSLContext {
    var settings = TLSConfiguration.makeClientConfiguration()
    settings.minimumTLSVersion = .tlsv12
    // WireHandler verifies the name, with stricter rules.
    settings.certificateVerification = endpoint.skipsCertificateCheck ? .none : .noHostnameVerification
    if let file = endpoint.authorities {
      do {
        settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
      } catch {
        let reason = FileProblem.text(file) ?? "cannot be read as certificates in PEM form"
        throw IMAPError(.encryption, .authoritiesUnreadable(path: file, reason: reason))
      }
    }
    do { return try NIOSSLContext(configuration: settings) } catch { throw IMAPError(network: error) }
  }

  /// The TLS server name; nil for an address, which must not be sent. The certificate is then verified against the
  /// address.
  private static func serverName(_ endpoint: Endpoint) -> String? { endpoint.isAddress ? nil : endpoint.asciiHost }

  /// Negotiates TLS after the server has accepted STARTTLS.
  /// - Throws: ``IMAPError``.
  func startTLS() throws(IMAPError) {
    let context = try Self.context(endpoint)
    let serverName = Self.serverName(endpoint)
    do {
      try channel.eventLoop.submit { [channel] in
        try channel.pipeline.syncOperations.addHandler(
          NIOSSLClientHandler(context: context, serverHostname: serverName), position: .first)
      }.wait()
    } catch { throw IMAPError(network: error) }
    channel.read()
    try awaitEncryption()
  }

  private func awaitEncryption() throws(IMAPError) {
    guard let event = try next(within: endpoint.connectSeconds) else {
      throw IMAPError(.timeout, .handshakeTimeout)
    }
    guard case .secured(let facts) = event else {
      throw IMAPError(.encryption, .spokeBeforeEncryption)
    }
    tls = facts
  }

  /// Names the command whose successful response ends plaintext: nothing is accepted in plaintext after it.
  func expectSwitch(after tag: String) { responses.expectSwitch(after: tag) }

  func send(_ bytes: some Sequence<UInt8>) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  /// The next event.
  /// - Throws: ``IMAPError``, also on timeout.
  func next() throws(IMAPError) -> ResponseBuffer.Event {
    guard let event = try next(within: endpoint.silenceSeconds) else {
      throw IMAPError(.timeout, .silence(seconds: Int(endpoint.silenceSeconds)))
    }
    return event
  }

  /// The next event; nil if none arrives within a number of seconds.
  func next(within seconds: Double) throws(IMAPError) -> ResponseBuffer.Event? {
    let limit = Deadline.instant(after: seconds)
    while events.isEmpty {
      try deadline.check()
      guard let (taken, wasFull) = try responses.take(deadline, until: limit) else { return nil }
      if wasFull { channel.read() }
      events = taken[...]
    }
    return events.removeFirst()
  }

  func close() { channel.close(promise: nil) }

  deinit { channel.close(promise: nil) }
}
