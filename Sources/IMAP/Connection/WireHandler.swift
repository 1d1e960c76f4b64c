import NIOCore
import NIOSSL
import NIOTLS

/// The last handler of the channel: parses incoming bytes and adds the events to a buffer, no faster than they are
/// consumed.
final class WireHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let responses: ResponseBuffer
  private var parser = ResponseParser()
  /// Whether plaintext has ended and TLS is not yet established: no data is accepted.
  private var isFrozen = false
  private var hasFailed = false

  /// The identity that the server's certificate must match; nil if it is not verified.
  private let identity: ServerIdentity?

  init(_ responses: ResponseBuffer, _ identity: ServerIdentity?) {
    self.responses = responses
    self.identity = identity
  }

  func channelActive(context: ChannelHandlerContext) { context.read() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasFailed else { return }
    let buffer = unwrapInboundIn(data)
    do {
      guard !isFrozen else { throw Self.injection }
      try buffer.withUnsafeReadableBytes { bytes in try take(bytes, of: buffer) }
    } catch let error as ProtocolError {
      fail(context, IMAPError(.protocol, .malformed(error.message)))
    } catch let error as IMAPError {
      fail(context, error)
    } catch {
      fail(context, IMAPError(.protocol, .malformed("\(error)")))
    }
  }

  /// RFC 8314 and CVE-2011-0411: data injected into the plaintext part of the connection must not be taken as sent by
  /// the server.
  private static let injection = IMAPError(.encryption, .injectedText)

  private func take(_ bytes: UnsafeRawBufferPointer, of buffer: ByteBuffer) throws {
    var position = 0
    while let event = try parser.next(bytes, &position) {
      switch event {
      case .literal(let count): responses.add(.literal(bytes: count))
      case .part(let range):
        if let slice = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) {
          responses.add(.part(slice))
        }
      case .response(let response):
        if case .tagged(let tag, let status) = response, status.condition == .ok, responses.isSwitch(tag) {
          isFrozen = true
          if position < bytes.count { throw Self.injection }
        }
        responses.add(.response(response))
      }
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !isFrozen, !hasFailed, responses.hasCapacity() { context.read() }
    context.fireChannelReadComplete()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent {
      // Nothing has been sent yet, and nothing may be sent to the wrong server.
      if let identity, let mismatch = identity.mismatch(Self.names(context)) { return fail(context, mismatch) }
      isFrozen = false
      responses.add(.secured(Self.facts(context)))
      context.read()
    }
    context.fireUserInboundEventTriggered(event)
  }

  private static func names(_ context: ChannelHandlerContext) -> ServerIdentity.CertificateNames {
    var names = ServerIdentity.CertificateNames()
    let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
    guard let certificate = handler?.peerCertificate else { return names }
    for name in certificate._subjectAlternativeNames() {
      switch name.nameType {
      case .dnsName: names.hosts.append(Array(name.contents))
      case .ipAddress: names.addresses.append(Array(name.contents))
      default: break
      }
    }
    return names
  }

  private static func facts(_ context: ChannelHandlerContext) -> TLSFacts {
    let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
    let version =
      switch handler?.tlsVersion {
      case .tlsv13?: "TLS 1.3"
      case .tlsv12?: "TLS 1.2"
      default: "TLS"
      }
    return TLSFacts(version: version, certificateEnd: handler?.peerCertificate.map { Int64($0.notValidAfter) })
  }

  func channelInactive(context: ChannelHandlerContext) {
    responses.fail(IMAPError(.disconnected, .connectionClosed))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(context, IMAPError(network: error))
  }

  private func fail(_ context: ChannelHandlerContext, _ error: IMAPError) {
    hasFailed = true
    responses.fail(error)
    context.close(promise: nil)
  }
}
