import NIOCore
import NIOEmbedded
import Testing

@testable import IMAP

/// The end of the channel, without a network.
@Suite struct WireHandlerTests {
  private final class Reads: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var count = 0
    func read(context: ChannelHandlerContext) {
      count += 1
      context.read()
    }
  }

  private let inbox = ResponseBuffer()
  private let channel = EmbeddedChannel()
  private let reads = Reads()

  init() throws {
    try channel.pipeline.syncOperations.addHandlers(reads, WireHandler(inbox, nil))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 143)).wait()
  }

  private func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

  /// The current contents in short form.
  private func taken() throws -> [String] {
    (try inbox.take(Deadline(), until: .now)?.events ?? []).map { event in
      switch event {
      case .literal(let bytes): "literal \(bytes)"
      case .part(let part): String(buffer: part)
      case .secured: "secured"
      case .response(.tagged(let tag, let status)): "\(tag) \(status.condition)"
      case .response(.untagged(let status)): "* \(status.condition)"
      case .response(.exists(let number)): "exists \(number)"
      case .response(.fetch(let fetch)): "fetch \(fetch.uid ?? 0)"
      case .response: "other"
      }
    }
  }

  @Test func piecesOfAnySizeGiveTheSameResult() throws {
    let text = "* 3 EXISTS\r\n* 1 FETCH (UID 4 BODY[] {5}\r\nab\r\nc)\r\nd1 OK done\r\n"
    for size in 1...text.utf8.count {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        try channel.writeInbound(ByteBuffer(bytes: rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      let events = try taken()
      #expect(events.prefix(2) == ["exists 3", "literal 5"])
      #expect(events.dropFirst(2).dropLast(2).joined() == "ab\r\nc")
      #expect(events.suffix(2) == ["fetch 4", "d1 ok"])
    }
  }

  @Test func fullBufferPausesReading() throws {
    try receive("* 1 FETCH (UID 4 BODY[] {9000000}\r\n")
    let before = reads.count
    let piece = String(repeating: "x", count: 1 << 18)
    while inbox.hasCapacity() { try receive(piece) }
    let whenFull = reads.count
    #expect(whenFull > before)
    try receive(piece)
    #expect(reads.count == whenFull)
    #expect(try inbox.take(Deadline(), until: .now)?.wasFull == true)
    try receive(piece)
    #expect(reads.count > whenFull)
  }

  @Test func invalidIMAPEndsTheConnection() throws {
    try receive("* OK hello\r\n* 1 FETCH (\u{0}\r\n")
    #expect(try taken() == ["* ok"])
    #expect(!channel.isActive)
    #expect(Client.failure { try inbox.take(Deadline(), until: .now) } == .protocol)
  }

  @Test func responsesBeforeTheEndAreDelivered() throws {
    try receive("* BYE done\r\n")
    _ = try channel.finish()
    #expect(try taken() == ["* bye"])
    #expect(Client.failure { try inbox.take(Deadline(), until: .now) } == .disconnected)
  }

  @Test func plainTextEndsWithTheSTARTTLSResponse() throws {
    inbox.expectSwitch(after: "d2")
    // The success of another command and a rejection do not switch to TLS.
    try receive("d1 OK done\r\n* OK still plain\r\nd2 NO not now\r\n* OK still plain\r\n")
    #expect(try taken() == ["d1 ok", "* ok", "d2 no", "* ok"])
    try receive("d2 OK go on\r\n")
    let before = reads.count
    #expect(try taken() == ["d2 ok"])
    try receive("* OK injected\r\n")
    #expect(reads.count == before)
    #expect(Client.failure { try inbox.take(Deadline(), until: .now) } == .encryption)
  }

  @Test func bytesAfterTheSTARTTLSResponseAreAnInjection() throws {
    inbox.expectSwitch(after: "d2")
    try receive("d2 OK go on\r\n*")
    #expect(Client.failure { try inbox.take(Deadline(), until: .now) } == .encryption)
    #expect(!channel.isActive)
  }
}
