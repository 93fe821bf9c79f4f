#include "inventory/inventory_codec.h"

#include <gtest/gtest.h>

#include "inventory/json.h"
#include "inventory/sample_inventory.h"

namespace detoy::inventory {
namespace {

TEST(InventoryCodec, WhatIsDecodedIsWhatWasEncoded) {
  const Inventory inventory = sample_inventory();
  std::string bytes;
  encode(inventory, bytes);
  Inventory decoded;
  ASSERT_TRUE(decode(bytes, decoded));
  EXPECT_EQ(to_json(decoded), to_json(inventory));
}

TEST(InventoryCodec, NothingElseIsAnInventory) {
  std::string bytes;
  encode(sample_inventory(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Inventory decoded;
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size), decoded)) << size;
  }
  Inventory decoded;
  EXPECT_FALSE(decode(bytes + "x", decoded));
  EXPECT_FALSE(decode(std::string(100, '\xff'), decoded));
}

}  // namespace
}  // namespace detoy::inventory
