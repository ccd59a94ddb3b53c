"""The box's own music: finds it in folders and on sticks, has it listened to, and keeps what is known of it.

    scanner = Scanner(ports, places=Places(...), hear=analyst.analyse, is_busy=pressure.is_high)
    scanner.start()
    scanner.scan()      # domain.scanning.Scan: how far it is
    scanner.look_now()
    await scanner.stop()

It reads music and writes to the store; it never writes into a folder of music, and never follows a link out of one.
"""
