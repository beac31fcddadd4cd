"""Fitting and callback calls of the store client."""

from __future__ import annotations

import datetime as dt

from call_center.store_client import order_models as model
from call_center.store_client.models import VehicleClass
from call_center.store_client.orders import given, typed_list
from call_center.store_client.transport import Transport
from call_center.store_client.wire import query, segment, typed


class FittingCalls:
    """Stations, free times, bookings, prices, callbacks. `key` as in `OrderCalls`."""

    transport: Transport

    async def get_fitting_stations(
        self, *, city: str | None = None, text: str | None = None, deadline: float | None = None
    ) -> tuple[model.Station, ...]:
        """Stations of a city; `text` narrows by address, district or landmark."""
        asked = query({"city": city, "query": text, "per_page": 50})
        reply = await self.transport.request("GET", "/fitting/stations", params=asked, deadline=deadline)
        return typed_list(model.Station, reply.data)

    async def get_fitting_slots(
        self,
        station_id: str,
        *,
        date_from: dt.date,
        date_to: dt.date | None = None,
        service_type: model.ServiceType = "full_service",
        deadline: float | None = None,
    ) -> model.Slots:
        """Start times of the days asked for, or why there are none and the next free one."""
        asked = query({"date_from": date_from, "date_to": date_to, "service_type": service_type})
        path, route = f"/fitting/stations/{segment(station_id)}/slots", "/fitting/stations/{id}/slots"
        reply = await self.transport.request("GET", path, route=route, params=asked, deadline=deadline)
        return typed(model.Slots, reply.data)

    async def book_fitting(
        self,
        station_id: str,
        *,
        date: dt.date,
        time: str,
        service_type: model.ServiceType,
        phone: str,
        name: str,
        tire_diameter: int,
        key: str,
        vehicle_info: str | None = None,
        vehicle_class: VehicleClass | None = None,
        linked_order_id: str | None = None,
        notes: str | None = None,
        source: str | None = None,
        call_id: str | None = None,
        deadline: float | None = None,
    ) -> model.Booking:
        """Book a start time ("HH:MM"). 409: `slot_taken`, its details name the next free one."""
        body = given(
            {
                "station_id": station_id,
                "date": date.isoformat(),
                "time": time,
                "service_type": service_type,
                "customer_phone": phone,
                "customer_name": name,
                "tire_diameter": tire_diameter,
                "vehicle_info": vehicle_info,
                "vehicle_class": vehicle_class,
                "linked_order_id": linked_order_id,
                "notes": notes,
                "source": source,
                "call_id": call_id,
            }
        )
        reply = await self.transport.request(
            "POST", "/fitting/bookings", json=body, key=key, deadline=deadline
        )
        return typed(model.Booking, reply.data)

    async def move_fitting(
        self,
        booking_id: str,
        *,
        date: dt.date,
        time: str,
        key: str,
        station_id: str | None = None,
        deadline: float | None = None,
    ) -> model.Booking:
        """Move a booking in one step; on 409 `slot_taken` the old slot is kept."""
        body = given({"station_id": station_id, "date": date.isoformat(), "time": time})
        path, route = f"/fitting/bookings/{segment(booking_id)}", "/fitting/bookings/{id}"
        reply = await self.transport.request(
            "PATCH", path, route=route, json=body, key=key, deadline=deadline
        )
        return typed(model.Booking, reply.data)

    async def cancel_fitting(self, booking_id: str, *, key: str, deadline: float | None = None) -> None:
        """Cancel a booking."""
        path, route = f"/fitting/bookings/{segment(booking_id)}", "/fitting/bookings/{id}"
        await self.transport.request("DELETE", path, route=route, key=key, deadline=deadline)

    async def get_customer_bookings(
        self, *, phone: str, deadline: float | None = None
    ) -> tuple[model.Booking, ...]:
        """Bookings of a phone, the latest date first; also past and cancelled ones (`status`)."""
        asked = query({"phone": phone, "per_page": 50})
        reply = await self.transport.request("GET", "/fitting/bookings", params=asked, deadline=deadline)
        return typed_list(model.Booking, reply.data)

    async def get_fitting_price(
        self,
        *,
        tire_diameter: int,
        vehicle_class: VehicleClass | None = None,
        station_id: str | None = None,
        deadline: float | None = None,
    ) -> tuple[model.FittingPrice, ...]:
        """What each service costs for a wheel size (inches)."""
        asked = query(
            {"tire_diameter": tire_diameter, "vehicle_class": vehicle_class, "station_id": station_id}
        )
        reply = await self.transport.request("GET", "/fitting/prices", params=asked, deadline=deadline)
        return typed_list(model.FittingPrice, reply.data)

    async def request_callback(
        self,
        *,
        phone: str,
        key: str,
        preferred_time: str | None = None,
        topic: str | None = None,
        call_id: str | None = None,
        deadline: float | None = None,
    ) -> model.Callback:
        """Ask the shop to call back."""
        body = given({"phone": phone, "preferred_time": preferred_time, "topic": topic, "call_id": call_id})
        reply = await self.transport.request("POST", "/callbacks", json=body, key=key, deadline=deadline)
        return typed(model.Callback, reply.data)
