import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One connection to a server, used by one thread that waits for what it wants to know.
final class IMAPConnection {
  let endpoint: Endpoint
  private let channel: any Channel
  private let inbox: ResponseBuffer
  private let clock: Deadline
  private var events: ArraySlice<ResponseBuffer.Event> = []
  /// Set once it is.
  private(set) var tls: TLSFacts?

  /// Connects, and encrypts if that comes first.
  /// - Throws: ``IMAPError``.
  init(_ endpoint: Endpoint, on group: any EventLoopGroup, _ clock: Deadline) throws(IMAPError) {
    self.endpoint = endpoint
    self.clock = clock
    let inbox = ResponseBuffer()
    self.inbox = inbox
    let context = endpoint.security == .implicit ? try Self.context(endpoint) : nil
    let serverName = Self.serverName(endpoint)
    let identity = endpoint.skipsCertificateCheck ? nil : ServerIdentity(endpoint.asciiHost)
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(.milliseconds(Int64(min(endpoint.connectSeconds, clock.secondsLeft, 86_400) * 1_000)))
      .channelOption(.autoRead, value: false)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      // A server that is gone is noticed within minutes also by those who only listen.
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 120)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 30)
      .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 4)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: serverName))
          }
          try channel.pipeline.syncOperations.addHandler(WireHandler(inbox, identity))
        }
      }
    channel = try Self.wait(for: bootstrap.connect(host: endpoint.asciiHost, port: endpoint.port), clock)
    if context != nil { try awaitEncryption() }
  }

  /// Waits for a connection, but no longer than until it is time to stop.
  private static func wait(for attempt: EventLoopFuture<any Channel>, _ clock: Deadline) throws(IMAPError)
    -> any Channel
  {
    let arrival = Arrival()
    attempt.whenComplete { arrival.give($0) }
    while true {
      if let result = arrival.take(within: Deadline.attention) {
        do { return try result.get() } catch { throw IMAPError(network: error) }
      }
      do { try clock.check() } catch {
        attempt.whenSuccess { $0.close(promise: nil) }
        throw error
      }
    }
  }

  private static func context(_ endpoint: Endpoint) throws(IMAPError) -> NIOSSLContext {
    var settings = TLSConfiguration.makeClientConfiguration()
    settings.minimumTLSVersion = .tlsv12
    // WireHandler checks the name, by stricter rules.
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

  /// An address has no name to be sent; its certificate is checked against the address.
  private static func serverName(_ endpoint: Endpoint) -> String? { endpoint.isAddress ? nil : endpoint.asciiHost }

  /// Encrypts the connection after the server's consent to STARTTLS.
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

  /// From the answer to this command on, nothing is taken in plain text.
  func expectSwitch(after tag: String) { inbox.expectSwitch(after: tag) }

  func send(_ bytes: some Sequence<UInt8>) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  /// The next event.
  /// - Throws: ``IMAPError``, also where nothing comes in time.
  func next() throws(IMAPError) -> ResponseBuffer.Event {
    guard let event = try next(within: endpoint.silenceSeconds) else {
      throw IMAPError(.timeout, .silence(seconds: Int(endpoint.silenceSeconds)))
    }
    return event
  }

  /// The next event; nil where none comes within so many seconds.
  func next(within seconds: Double) throws(IMAPError) -> ResponseBuffer.Event? {
    let limit = Deadline.instant(after: seconds)
    while events.isEmpty {
      try clock.check()
      // Somebody may tell us to stop at any time.
      let patience = min(Deadline.seconds(to: limit), Deadline.attention)
      let (taken, wasFull) = try inbox.take(within: patience)
      if wasFull { channel.read() }
      events = taken[...]
      if events.isEmpty, ContinuousClock.now >= limit { return nil }
    }
    return events.removeFirst()
  }

  func close() { channel.close(promise: nil) }

  deinit { channel.close(promise: nil) }
}

/// The outcome of a connection attempt, for a thread that waits for it bit by bit.
private final class Arrival: Sendable {
  private let result = Mutex<Result<any Channel, any Error>?>(nil)
  private let isThere = DispatchSemaphore(value: 0)

  func give(_ result: Result<any Channel, any Error>) {
    self.result.withLock { $0 = result }
    isThere.signal()
  }

  func take(within seconds: Double) -> Result<any Channel, any Error>? {
    guard isThere.wait(timeout: .now() + seconds) == .success else { return nil }
    return result.withLock { $0 }
  }
}
