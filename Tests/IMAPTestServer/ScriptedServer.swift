import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The expected next command of the client and the reaction of the server.
package struct Exchange: Sendable {
  package enum Ending: Sendable {
    case goOn
    /// The connection ends.
    case close
    /// Encryption begins.
    case encrypt
  }

  /// The start of the line after its tag.
  package var expected: String
  /// Continuation data and DONE have no tag.
  package var hasTag = true
  /// The lines to send, each as one segment; `$` is the tag of the last command, and a line break in a text is CRLF.
  package var answers: [String]
  package var ending = Ending.goOn

  /// An answer to a command.
  package static func on(_ expected: String, _ answers: String..., then ending: Ending = .goOn) -> Exchange {
    Exchange(expected: expected, answers: answers, ending: ending)
  }

  /// An answer to a line without a tag.
  package static func onLine(_ expected: String, _ answers: String..., then ending: Ending = .goOn) -> Exchange {
    Exchange(expected: expected, hasTag: false, answers: answers, ending: ending)
  }
}

/// An IMAP server in this process, on loopback, that follows a script. LOGOUT ends a connection at any point.
package final class ScriptedServer {
  private let script: Script
  private let listener: any Channel

  /// - Parameters:
  ///   - greeting: nil for a server that does not greet.
  ///   - encrypted: whether connections are encrypted from their first byte.
  package init(
    greeting: String? = "* OK [CAPABILITY IMAP4rev1] ready", encrypted: Bool = false, _ exchanges: [Exchange] = []
  )
    throws
  {
    let script = Script(exchanges)
    self.script = script
    listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if encrypted { try pipeline.addHandler(NIOSSLServerHandler(context: try TestCertificate.context())) }
          try pipeline.addHandler(Player(script, greeting))
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
  }

  deinit { listener.close(promise: nil) }

  /// Its port on 127.0.0.1.
  package var port: Int { listener.localAddress?.port ?? 0 }
  /// Lines that clients have sent.
  package var heard: [String] { script.heard }
  /// The expected commands that have not arrived.
  package var unplayed: [String] { script.unplayed }
}

/// The exchanges on all connections to a server.
private final class Script: Sendable {
  private let state: Mutex<(exchanges: ArraySlice<Exchange>, heard: [String])>

  init(_ exchanges: [Exchange]) { state = Mutex((exchanges[...], [])) }

  var heard: [String] { state.withLock { $0.heard } }
  var unplayed: [String] { state.withLock { $0.exchanges.map(\.expected) } }

  /// The exchange that a line belongs to; nil for a line that is not expected.
  func next(_ line: String) -> Exchange? {
    state.withLock { state in
      state.heard.append(line)
      guard let exchange = state.exchanges.first else { return nil }
      let text = exchange.hasTag ? line.split(separator: " ", maxSplits: 1).dropFirst().joined() : line
      guard text.hasPrefix(exchange.expected) else { return nil }
      state.exchanges.removeFirst()
      return exchange
    }
  }
}

/// One connection.
private final class Player: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let script: Script
  private let greeting: String?
  private var pending = ""
  private var tag = ""

  init(_ script: Script, _ greeting: String?) {
    self.script = script
    self.greeting = greeting
  }

  private static func onTheWire(_ text: String, tag: String) -> String {
    text.replacing("$", with: tag).replacing("\n", with: "\r\n") + "\r\n"
  }

  private func send(_ context: ChannelHandlerContext, _ text: String) {
    context.channel.writeAndFlush(ByteBuffer(string: Self.onTheWire(text, tag: tag)), promise: nil)
  }

  func channelActive(context: ChannelHandlerContext) {
    if let greeting { send(context, greeting) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    pending += String(buffer: unwrapInboundIn(data))
    while let end = pending.firstIndex(of: "\r\n") {
      let line = String(pending[..<end])
      pending = String(pending[pending.index(after: end)...])
      play(line, context)
    }
  }

  private func play(_ line: String, _ context: ChannelHandlerContext) {
    let exchange = script.next(line)
    if exchange?.hasTag ?? true { tag = line.split(separator: " ").first.map(String.init) ?? "" }
    if line.hasSuffix(" LOGOUT") {
      send(context, "* BYE see you\n$ OK done")
      return context.close(promise: nil)
    }
    guard let exchange else { return send(context, "$ BAD this is not in the script") }
    for answer in exchange.answers { send(context, answer) }
    switch exchange.ending {
    case .goOn: break
    case .close: context.close(promise: nil)
    case .encrypt:
      do {
        let handler = NIOSSLServerHandler(context: try TestCertificate.context())
        try context.pipeline.syncOperations.addHandler(handler, position: .first)
      } catch { context.close(promise: nil) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
