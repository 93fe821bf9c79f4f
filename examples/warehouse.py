"""A warehouse to try the order intakes with. It takes a second to ship an order, and ships none twice.

    PORT=4000 python3 examples/warehouse.py
"""

import http.server
import json
import os
import threading
import time

SECONDS = 1


class Warehouse(http.server.BaseHTTPRequestHandler):
    shipments: dict[str, str] = {}  # number by order
    changing = threading.Lock()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(SECONDS)
        with self.changing:
            number = self.shipments.setdefault(self.headers["Idempotency-Key"], f"S-{len(self.shipments) + 1}")
        body = json.dumps({"shipment": number}).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # who asked is gone

    def log_message(self, *_arguments):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "4000"))
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Warehouse).serve_forever()
